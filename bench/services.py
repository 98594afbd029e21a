"""The services that the stub simulates: the operations of five AWS services that the functions use, in memory.

The stub does not check signatures. It treats any condition of a put as "the key does not exist".
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

KEYS = {"transaction-events": "event_id", "provider-webhooks": "key", "idempotency": "id"}
"""Table → its partition key."""


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        method: such as `POST`.
        path: path of the URL, percent-encoded as received.
        headers: headers by name in lower case.
        body: the body, without any chunked encoding.
        size: bytes on the wire, head and body.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    size: int


@dataclass(frozen=True)
class Response:
    """An HTTP response.

    Attributes:
        status: HTTP status code.
        headers: headers without Content-Length and Date.
        body: the bytes.
    """

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Call:
    """A counted call.

    Attributes:
        operation: such as `dynamodb:PutItem`.
        size: bytes on the wire.
        content: the parameters; for S3, the path and the body.
    """

    operation: str
    size: int
    content: Json


@dataclass
class Cloud:
    """The state of all services.

    Attributes:
        secrets: the value of every secret; the id is ignored.
        tables: table → key → item.
        objects: path → body and headers.
        calls: the received calls, in order.
    """

    secrets: str = "{}"
    tables: dict[str, dict[str, Json]] = field(default_factory=dict)
    objects: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """Count one request, and return the response."""
        target = request.headers.get("x-amz-target")
        if target is None:
            return self._s3(request)
        service, operation = target.split(".")
        parameters = json.loads(request.body)
        name, act = _OPERATIONS[service]
        self.calls.append(Call(f"{name}:{operation}", request.size, parameters))
        status, answer = act(self, operation, parameters)
        return _json_response(status, answer, request.headers["content-type"])

    def _s3(self, request: Request) -> Response:
        operation = {"PUT": "PutObject", "GET": "GetObject"}[request.method]
        path = request.path.partition("?")[0]
        body = request.body if operation == "PutObject" else b""
        content = {"path": path, "body": body.decode()}
        self.calls.append(Call(f"s3:{operation}", request.size, content))
        headers = {"x-amz-request-id": "4442587FB7D0A2F9", "x-amz-id-2": "v" * 76, "Server": "AmazonS3"}
        if operation == "PutObject":
            checksums = {k: v for k, v in request.headers.items() if k.startswith("x-amz-checksum-")}
            held = {"ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"', **checksums}
            self.objects[path] = (body, held)
            return Response(200, {**headers, **held, "x-amz-server-side-encryption": "aws:kms"}, b"")
        body, held = self.objects[path]
        return Response(200, {**headers, **held, "Content-Type": "application/json"}, body)

    def dynamodb(self, operation: str, parameters: Json) -> tuple[int, Json]:
        """Simulate PutItem, GetItem, UpdateItem and DeleteItem."""
        table = self.tables.setdefault(parameters["TableName"], {})
        name = KEYS[parameters["TableName"]]
        key = (parameters.get("Item") or parameters["Key"])[name]["S"]
        if operation == "GetItem":
            return 200, {"Item": table[key]} if key in table else {}
        if operation == "DeleteItem":
            table.pop(key, None)
        elif operation == "UpdateItem":
            table.setdefault(key, {}).update(_assignments(parameters))
        elif key in table and "ConditionExpression" in parameters:
            return 400, _refusal(parameters, table[key])
        else:
            table[key] = dict(parameters["Item"])
        return 200, {}

    def sqs(self, operation: str, parameters: Json) -> tuple[int, Json]:
        """Simulate SendMessageBatch."""
        if operation != "SendMessageBatch":
            return 400, {"__type": "com.amazonaws.sqs#UnsupportedOperation", "message": operation}
        return 200, {"Successful": [_sent(entry) for entry in parameters["Entries"]], "Failed": []}

    def events(self, operation: str, parameters: Json) -> tuple[int, Json]:
        """Simulate PutEvents."""
        if operation != "PutEvents":
            return 400, {"__type": "UnknownOperationException", "message": operation}
        taken = [{"EventId": str(uuid.uuid4())} for _ in parameters["Entries"]]
        return 200, {"FailedEntryCount": 0, "Entries": taken}

    def secretsmanager(self, operation: str, parameters: Json) -> tuple[int, Json]:
        """Simulate GetSecretValue."""
        if operation != "GetSecretValue":
            return 400, {"__type": "InvalidRequestException", "Message": operation}
        return 200, {
            "ARN": parameters["SecretId"],
            "CreatedDate": 1763800000.123,
            "Name": "bench",
            "SecretString": self.secrets,
            "VersionId": "c4b1a3a2-6a3d-4b58-9f4e-000000000000",
            "VersionStages": ["AWSCURRENT"],
        }


_OPERATIONS = {
    "DynamoDB_20120810": ("dynamodb", Cloud.dynamodb),
    "AmazonSQS": ("sqs", Cloud.sqs),
    "AWSEvents": ("events", Cloud.events),
    "secretsmanager": ("secretsmanager", Cloud.secretsmanager),
}
"""First part of `X-Amz-Target` → the service's prefix in IAM, and the method that answers."""


def _json_response(status: int, answer: Json, content_type: str) -> Response:
    body = json.dumps(answer, separators=(",", ":")).encode()
    headers = {
        "Server": "Server",
        "Content-Type": content_type,
        "x-amzn-RequestId": str(uuid.uuid4()),
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return Response(status, headers, body)


def _refusal(parameters: Json, held: Json) -> Json:
    answer: Json = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    }
    if parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
        answer["Item"] = held
    return answer


def _assignments(parameters: Json) -> Json:
    """Return the values that an update expression of the form `SET #a = :b, …` sets."""
    names, values = parameters["ExpressionAttributeNames"], parameters["ExpressionAttributeValues"]
    pairs = [pair.split("=") for pair in parameters["UpdateExpression"].removeprefix("SET ").split(",")]
    return {names[name.strip()]: values[value.strip()] for name, value in pairs}


def _sent(entry: Json) -> Json:
    digest = hashlib.md5(entry["MessageBody"].encode(), usedforsecurity=False).hexdigest()
    sent = {"Id": entry["Id"], "MessageId": str(uuid.uuid4()), "MD5OfMessageBody": digest}
    if "MessageAttributes" in entry:
        sent["MD5OfMessageAttributes"] = _attributes_digest(entry["MessageAttributes"])
    if "MessageGroupId" in entry:
        sent["SequenceNumber"] = "18870000000000000000"
    return sent


def _attributes_digest(attributes: Json) -> str:
    """Return SQS's digest of message attributes ("Calculating the MD5 message digest for message attributes")."""
    parts = bytearray()
    for name in sorted(attributes):
        for text in (name, attributes[name]["DataType"]):
            parts += len(text.encode()).to_bytes(4, "big") + text.encode()
        value = attributes[name].get("StringValue")
        binary = value.encode() if value is not None else base64.b64decode(attributes[name]["BinaryValue"])
        parts += (b"\1" if value is not None else b"\2") + len(binary).to_bytes(4, "big") + binary
    return hashlib.md5(parts, usedforsecurity=False).hexdigest()
