"""A cloud in memory with AWS's documented rules: conditional writes, FIFO deduplication, partial batch failures.

A test sets its clock. The cloud can stop a function before or after any of its calls.
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
"""The deduplication interval of a FIFO queue ("Exactly-once processing" in the SQS developer guide)."""


class Stopped(BaseException):
    """A simulated kill of the function; like a real kill, ``except Exception`` does not catch it."""


class Stop(NamedTuple):
    """The point at which a function is stopped.

    Attributes:
        call: number of the AWS call, from 0.
        after: whether the call still takes effect.
    """

    call: int
    after: bool


class Message:
    """One message in the queue.

    Attributes:
        entry: the entry of the send call.
        group: message group.
        receives: number of receives.
        identifier: message id.
    """

    def __init__(self, entry: dict[str, Any], identifier: str) -> None:
        self.entry = entry
        self.group = entry["MessageGroupId"]
        self.receives = 0
        self.identifier = identifier

    def record(self) -> dict[str, Any]:
        """Return the stream record that Lambda passes to a function."""
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
    """Secrets Manager, DynamoDB, S3, SQS FIFO and EventBridge in one object, which is also the client of each service.

    Attributes:
        now: the current time.
        calls: name of every call, in order.
        stop: the point at which the function is stopped, or None.
        at_stop: a function to call at this point instead of the stop, or None.
        refuse_message: returns the error code for a message that SQS rejects, or an empty string.
        refuse_event: returns the error code for an event that EventBridge rejects, or an empty string.
        errors: name of a call → exception to raise.
        secrets: the secret's value.
        items: the table, by key.
        objects: the bucket, by key.
        queue: the messages in the queue, in order.
        dead: the messages in the dead-letter queue.
        bus: the events on the bus, in order.
        messages: number of messages that the queue accepted, without duplicates.
        batch_sizes: number of events in each PutEvents call.
        sent_keys: keys of the events whose messages the queue accepted.
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
        if _is_certificate(arguments["Key"]):
            return {"Item": self.items[key]} if (key := arguments["Key"]["key"]["S"]) in self.items else {}
        assert arguments["ConsistentRead"] is True
        assert arguments["ProjectionExpression"] == "#key, body_sha256, received_at, problem"
        return self._call("GetItem", lambda: self._get_item(arguments["Key"]["key"]["S"]))

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Store an item with a new key; otherwise fail as DynamoDB does."""
        assert arguments["TableName"] == "webhooks"
        if _is_certificate(arguments["Item"]):
            self.items[arguments["Item"]["key"]["S"]] = arguments["Item"]
            return {}
        assert arguments["ConditionExpression"] == "attribute_not_exists(#key)"
        assert arguments["ExpressionAttributeNames"] == {"#key": "key"}
        assert arguments["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
        return self._call("PutItem", lambda: self._put_item(arguments["Item"]))

    def _get_item(self, key: str) -> dict[str, Any]:
        if key not in self.items:
            return {}
        projected = {"key", "body_sha256", "received_at", "problem"}
        return {"Item": {name: value for name, value in self.items[key].items() if name in projected}}

    def put_object(self, **arguments: Any) -> dict[str, Any]:
        """Store an object, unless its key has one."""
        assert arguments["Bucket"] == "payloads"
        assert arguments["ContentType"] == "application/json"
        assert arguments["IfNoneMatch"] == "*"
        return self._call("PutObject", lambda: self._put_object(arguments["Key"], arguments["Body"]))

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        """Read an object."""
        assert arguments["Bucket"] == "payloads"
        return self._call("GetObject", lambda: {"Body": io.BytesIO(self._object(arguments["Key"]))})

    def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
        """Accept the messages that are not rejected, each only once in five minutes."""
        assert arguments["QueueUrl"] == "queue.fifo"
        return self._call("SendMessageBatch", lambda: self._send(arguments["Entries"]))

    def put_events(self, **arguments: Any) -> dict[str, Any]:
        """Accept the events that are not rejected."""
        assert 1 <= len(arguments["Entries"]) <= 10
        return self._call("PutEvents", lambda: self._publish(arguments["Entries"]))

    def receive(self) -> list[Message]:
        """Receive up to ten messages in order; move messages with three receives to the dead-letter queue."""
        for message in [each for each in self.queue if each.receives == 3]:
            self.queue.remove(message)
            self.dead.append(message)
        received = self.queue[:10]
        for message in received:
            message.receives += 1
        return received

    def delete(self, messages: list[Message]) -> None:
        """Delete processed messages."""
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

    def _put_object(self, key: str, body: bytes) -> dict[str, Any]:
        if key in self.objects:
            raise client_error("PreconditionFailed")
        self.objects[key] = body
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


def _is_certificate(key: dict[str, Any]) -> bool:
    """Return whether an item is a kept certificate, which is read and written without a condition."""
    return key["key"]["S"].startswith("paypal:certificate:")


def client_error(code: str) -> AwsError:
    """Return the exception that a client raises for a service's error code."""
    return AwsError(code, {"message": "no words of it may be logged"})
