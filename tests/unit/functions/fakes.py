"""Stand-ins for the AWS clients: they keep state, and fail when they are told to."""

from datetime import UTC, datetime
from typing import Any

from hookline.functions.aws.errors import AwsError

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


def client_error(code: str, **answer: Any) -> AwsError:
    """Return the exception that a client raises for a service's error code."""
    return AwsError(code, {"message": "no words of it may be logged", **answer})


class FakeTable:
    """A DynamoDB table that knows one kind of conditional put.

    Attributes:
        items: what is stored, by event id.
        puts: how many were tried.
        error: raised in place of a put.
        tells_held_item: whether a failed condition shows the item that is held.
    """

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.puts = 0
        self.error: Exception | None = None
        self.tells_held_item = True

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Store an item whose event id is new; otherwise fail as DynamoDB does."""
        self.puts += 1
        if self.error:
            raise self.error
        assert arguments["TableName"] == "events"
        assert arguments["ConditionExpression"] == "attribute_not_exists(event_id)"
        assert arguments["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
        item = arguments["Item"]
        held = self.items.setdefault(item["event_id"]["S"], item)
        if held is not item:
            shown = {"Item": held} if self.tells_held_item else {}
            raise client_error("ConditionalCheckFailedException", **shown)
        return {}


class FakeSecretsManager:
    """Secrets Manager with one secret.

    Attributes:
        answer: what a read returns, or raises.
        reads: how many there were.
    """

    def __init__(self, answer: dict[str, str] | Exception) -> None:
        self.answer = answer
        self.reads = 0

    def get_secret_value(self, **arguments: Any) -> dict[str, str]:
        """Return or raise the answer."""
        assert arguments == {"SecretId": "arn:secret"}
        self.reads += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeSqs:
    """SQS whose answers can be scripted per message.

    Attributes:
        calls: queue and message bodies of each call, in order.
        delivered: bodies that were taken, by queue.
        entries: every entry that was taken.
        refusals: for a message body, what happens on its next sends: an error code (``!`` in front for the
            sender's fault), or an empty text for no answer at all.
        error: raised in place of an answer.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.delivered: dict[str, list[str]] = {}
        self.entries: list[dict[str, Any]] = []
        self.refusals: dict[str, list[str]] = {}
        self.error: Exception | None = None

    def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
        """Take the entries that no script refuses."""
        queue_url, entries = arguments["QueueUrl"], arguments["Entries"]
        self.calls.append((queue_url, [entry["MessageBody"] for entry in entries]))
        if self.error:
            raise self.error
        answer: dict[str, Any] = {}
        for entry in entries:
            script = self.refusals.get(entry["MessageBody"])
            if script:
                self._refuse(entry["Id"], script.pop(0), answer)
            else:
                answer.setdefault("Successful", []).append({"Id": entry["Id"]})
                self.delivered.setdefault(queue_url, []).append(entry["MessageBody"])
                self.entries.append(entry)
        return answer

    @staticmethod
    def _refuse(identifier: str, code: str, answer: dict[str, Any]) -> None:
        if code:
            failed = {"Id": identifier, "Code": code.lstrip("!"), "SenderFault": code.startswith("!")}
            answer.setdefault("Failed", []).append(failed)
