"""A cloud in memory, by AWS's documented rules: conditional writes, FIFO deduplication, batches that partly fail.

Its clock is set by hand, and it stops a function before or after any of its calls.
"""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hookline.functions.aws.errors import AwsError

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
DEDUPLICATION_WINDOW = timedelta(minutes=5)
"""How long a FIFO queue knows a message ("Exactly-once processing" in the SQS developer guide)."""


class Stopped(BaseException):
    """The function's end in the middle of its work; no ``except Exception`` sees it, as none sees a kill."""


class Stop(NamedTuple):
    """Where a function ends.

    Attributes:
        call: number of its AWS call, from 0.
        after: whether the call is still committed.
    """

    call: int
    after: bool


class Message:
    """One message in the queue.

    Attributes:
        entry: as it was sent.
        group: its message group.
        receives: how often it was received.
        identifier: its message id.
    """

    def __init__(self, entry: dict[str, Any], identifier: str) -> None:
        self.entry = entry
        self.group = entry["MessageGroupId"]
        self.receives = 0
        self.identifier = identifier

    def record(self) -> dict[str, Any]:
        """Return the record that Lambda hands to a function."""
        attributes = self.entry["MessageAttributes"]
        return {
            "messageId": self.identifier,
            "body": self.entry["MessageBody"],
            "attributes": {"MessageGroupId": self.group, "ApproximateReceiveCount": str(self.receives)},
            "messageAttributes": {
                name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
                for name, value in attributes.items()
            },
        }


class Cloud:
    """Secrets Manager, DynamoDB, S3, SQS FIFO and EventBridge; it is the client of each.

    Attributes:
        now: the time.
        calls: name of every call, in order.
        stop: where the function ends, or None.
        at_stop: what happens there instead of the end, if not None.
        refuse_message: returns the error code of a message that SQS refuses, or an empty text.
        refuse_event: the same for an event on EventBridge.
        errors: for a call's name, what is raised in place of it.
        secrets: the secret's value.
        items: the table, by key.
        objects: the bucket, by key.
        queue: the messages in the queue, in order.
        dead: the messages in the dead-letter queue.
        bus: the events on the bus, in order.
        messages: how many messages the queue has taken, those dropped as known not counted.
        batch_sizes: how many events each PutEvents call had.
        sent_keys: keys of the events whose messages it has taken.
    """

    def __init__(self) -> None:
        self.now = START
        self.calls: list[str] = []
        self.stop: Stop | None = None
        self.at_stop: Callable[[], object] | None = None
        self.refuse_message: Callable[[dict[str, Any]], str] = lambda _: ""
        self.refuse_event: Callable[[dict[str, Any]], str] = lambda _: ""
        self.errors: dict[str, Exception] = {}
        self.secrets: dict[str, list[str]] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.queue: list[Message] = []
        self.dead: list[Message] = []
        self.bus: list[dict[str, Any]] = []
        self._sent: dict[tuple[str, str], datetime] = {}
        self.messages = 0
        self.batch_sizes: list[int] = []
        self.sent_keys: set[str] = set()

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return (self.now - START).total_seconds()

    def get_secret_value(self, **arguments: Any) -> dict[str, str]:
        """Read the secret."""
        assert arguments == {"SecretId": "arn:secret"}
        return self._call("GetSecretValue", lambda: {"SecretString": json.dumps(self.secrets)})

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        """Read an item consistently."""
        assert arguments["TableName"] == "webhooks"
        assert arguments["ConsistentRead"] is True
        assert arguments["ProjectionExpression"] == "#key, body_sha256"
        return self._call("GetItem", lambda: self._get_item(arguments["Key"]["key"]["S"]))

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Store an item whose key is new; otherwise fail as DynamoDB does."""
        assert arguments["TableName"] == "webhooks"
        assert arguments["ConditionExpression"] == "attribute_not_exists(#key)"
        assert arguments["ExpressionAttributeNames"] == {"#key": "key"}
        assert arguments["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
        return self._call("PutItem", lambda: self._put_item(arguments["Item"]))

    def _get_item(self, key: str) -> dict[str, Any]:
        if key not in self.items:
            return {}
        return {"Item": {name: value for name, value in self.items[key].items() if name in {"key", "body_sha256"}}}

    def put_object(self, **arguments: Any) -> dict[str, Any]:
        """Store an object."""
        assert arguments["Bucket"] == "payloads"
        assert arguments["ContentType"] == "application/json"
        return self._call("PutObject", lambda: self.objects.update({arguments["Key"]: arguments["Body"]}) or {})

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        """Read an object."""
        assert arguments["Bucket"] == "payloads"
        return self._call("GetObject", lambda: {"Body": io.BytesIO(self._object(arguments["Key"]))})

    def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
        """Take the messages that are not refused, each once in five minutes."""
        assert arguments["QueueUrl"] == "queue.fifo"
        return self._call("SendMessageBatch", lambda: self._send(arguments["Entries"]))

    def put_events(self, **arguments: Any) -> dict[str, Any]:
        """Take the events that are not refused."""
        assert 1 <= len(arguments["Entries"]) <= 10
        return self._call("PutEvents", lambda: self._publish(arguments["Entries"]))

    def receive(self) -> list[Message]:
        """Receive up to ten messages, in order, and move those received too often to the dead letters."""
        for message in [each for each in self.queue if each.receives == 3]:
            self.queue.remove(message)
            self.dead.append(message)
        received = self.queue[:10]
        for message in received:
            message.receives += 1
        return received

    def delete(self, messages: list[Message]) -> None:
        """Delete messages that were processed."""
        for message in messages:
            self.queue.remove(message)

    def _call(self, name: str, action: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        self._stop_at(Stop(number, after=False))
        if name in self.errors:
            raise self.errors[name]
        answer = action()
        self._stop_at(Stop(number, after=True))
        return answer

    def _stop_at(self, point: Stop) -> None:
        if point != self.stop:
            return
        self.stop = None
        if self.at_stop is None:
            raise Stopped
        self.at_stop()

    def _put_item(self, item: dict[str, Any]) -> dict[str, Any]:
        key = item["key"]["S"]
        if key in self.items:
            raise AwsError("ConditionalCheckFailedException", {"Item": self.items[key]})
        self.items[key] = item
        return {}

    def _object(self, key: str) -> bytes:
        if key not in self.objects:
            raise client_error("NoSuchKey")
        return self.objects[key]

    def _send(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for entry in entries:
            if code := self.refuse_message(entry):
                answer["Failed"].append({"Id": entry["Id"], "Code": code, "SenderFault": False})
            else:
                answer["Successful"].append({"Id": entry["Id"]})
                self._enqueue(entry)
        return answer

    def _enqueue(self, entry: dict[str, Any]) -> None:
        identity = (entry["MessageGroupId"], hashlib.sha256(entry["MessageBody"].encode()).hexdigest())
        sent_at = self._sent.get(identity)
        if sent_at is None or self.now - sent_at >= DEDUPLICATION_WINDOW:
            self._sent[identity] = self.now
            self.messages += 1
            self.sent_keys.add(json.loads(entry["MessageBody"])["key"])
            self.queue.append(Message(entry, f"message-{self.messages}"))

    def _publish(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.batch_sizes.append(len(entries))
        codes = [self.refuse_event(entry) for entry in entries]
        self.bus += [entry for entry, code in zip(entries, codes, strict=True) if not code]
        results = [
            {"ErrorCode": code, "ErrorMessage": "no words of it"} if code else {"EventId": "e"} for code in codes
        ]
        return {"FailedEntryCount": sum(map(bool, codes)), "Entries": results}


def client_error(code: str) -> AwsError:
    """Return the exception that a client raises for a service's error code."""
    return AwsError(code, {"message": "no words of it may be logged"})
