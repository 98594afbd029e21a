"""Every call of hookline's clients is compared with botocore's call for the same parameters."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline.functions.aws.answer import HttpAnswer
from hookline.functions.aws.errors import AwsError
from hookline.functions.aws.json_services import DynamoDb, EventBridge, SecretsManager, Sqs, read_json_error
from hookline.functions.aws.s3 import S3, read_xml_error

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
ITEM = st.dictionaries(
    TEXT, st.one_of(st.fixed_dictionaries({"S": TEXT}), st.just({"N": "12"})), min_size=1, max_size=3
)
TIME = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive

CALLS: dict[str, tuple[Callable[[], Any], str, st.SearchStrategy[dict[str, Any]]]] = {
    "put_item": (
        DynamoDb,
        "dynamodb",
        st.fixed_dictionaries(
            {"TableName": st.just("events"), "Item": ITEM, "ConditionExpression": TEXT},
            optional={"ExpressionAttributeNames": st.just({"#key": "key"})},
        ),
    ),
    "get_item": (
        DynamoDb,
        "dynamodb",
        st.fixed_dictionaries({"TableName": st.just("events"), "Key": ITEM, "ConsistentRead": st.booleans()}),
    ),
    "get_queue_url": (Sqs, "sqs", st.fixed_dictionaries({"QueueName": TEXT})),
    "send_message_batch": (
        Sqs,
        "sqs",
        st.fixed_dictionaries(
            {
                "QueueUrl": st.just("https://sqs.eu-central-1.amazonaws.com/123456789012/payments"),
                "Entries": st.lists(
                    st.fixed_dictionaries(
                        {
                            "Id": st.just("0"),
                            "MessageBody": TEXT,
                            "MessageAttributes": st.just({"a": {"DataType": "String", "StringValue": "v"}}),
                        },
                        optional={"MessageGroupId": TEXT},
                    ),
                    min_size=1,
                    max_size=3,
                ),
            }
        ),
    ),
    "put_events": (
        EventBridge,
        "events",
        st.fixed_dictionaries(
            {
                "Entries": st.lists(
                    st.fixed_dictionaries({"Source": TEXT, "DetailType": TEXT, "Detail": TEXT, "Time": TIME}),
                    min_size=1,
                    max_size=3,
                )
            }
        ),
    ),
    "get_secret_value": (SecretsManager, "secretsmanager", st.fixed_dictionaries({"SecretId": TEXT})),
}
KEYS = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9), min_size=1, max_size=3)


class Sent(Exception):  # noqa: N818 - not an error: it stops a call before it is sent
    """The request that botocore would send."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def botocore_request(service: str, call: str, parameters: dict[str, Any]) -> AWSPreparedRequest:
    """Return the request that botocore would send."""
    with pytest.raises(Sent) as caught:
        getattr(BOTOCORE[service], call)(**parameters)
    return caught.value.request


def _intercepted(service: str) -> Any:
    def stop(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        raise Sent(request)

    client = botocore.session.get_session().create_client(
        service,
        region_name="eu-central-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(request_checksum_calculation="when_required"),
    )
    client.meta.events.register("before-send", stop)
    return client


BOTOCORE = {service: _intercepted(service) for service in ("dynamodb", "events", "s3", "secretsmanager", "sqs")}


class Recorder:
    """A replacement for the client that sends.

    Attributes:
        sent: method, path, headers and body of the last call.
        answer: the answer to return.
    """

    def __init__(self, answer: bytes = b"{}") -> None:
        self.sent: Any = None
        self.answer = answer

    def send(self, *sent: Any) -> HttpAnswer:
        """Record the call."""
        self.sent = sent
        return HttpAnswer(200, {}, self.answer)


@pytest.mark.parametrize("call", CALLS)
@given(data=st.data())
@settings(max_examples=40)
def test_a_call_says_what_botocore_would_say(call: str, data: st.DataObject) -> None:
    """Method, path, protocol, operation and body are the same for any parameters."""
    make, service, strategy = CALLS[call]
    parameters = data.draw(strategy)
    ours = make()
    ours.client = Recorder()
    getattr(ours, call)(**parameters)
    theirs = botocore_request(service, call, parameters)
    method, path, headers, body = ours.client.sent
    assert (method, path) == (theirs.method, "/")
    assert headers["content-type"] == theirs.headers["Content-Type"].decode()
    assert headers["x-amz-target"] == theirs.headers["X-Amz-Target"].decode()
    assert json.loads(body) == json.loads(theirs.body)
    assert body.isascii()


@given(parts=KEYS, body=st.binary(max_size=50))
@settings(max_examples=40)
def test_an_object_is_written_where_botocore_would_write_it(parts: list[str], body: bytes) -> None:
    """Host, path, digest and bytes are the same for any key."""
    key = "/".join(parts)
    ours = S3("payloads")
    host = ours.client._host
    ours.client = recorder = Recorder()  # type: ignore[assignment]
    arguments = {"Bucket": "payloads", "Key": key, "Body": body, "ContentType": "application/json", "IfNoneMatch": "*"}
    ours.put_object(**arguments)  # type: ignore[arg-type]
    theirs = botocore_request("s3", "put_object", arguments)
    method, path, headers, sent = recorder.sent
    assert (method, f"https://{host}{path}") == (theirs.method, theirs.url)
    assert headers["if-none-match"] == theirs.headers["If-None-Match"].decode() == "*"
    assert headers["content-type"] == theirs.headers["Content-Type"].decode()
    assert headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    assert sent == body


def test_an_object_is_read_from_where_it_was_written() -> None:
    """The body is a stream, as in botocore."""
    ours = S3("payloads")
    ours.client = recorder = Recorder(b"\xff bytes")  # type: ignore[assignment]
    assert ours.get_object(Bucket="payloads", Key="stripe/a b")["Body"].read() == b"\xff bytes"
    assert recorder.sent[:2] == ("GET", "/stripe/a%20b")


def test_a_bucket_is_named_in_the_path_where_its_host_would_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot in the bucket name does not match the wildcard certificate. An emulator has one host for all buckets."""
    for bucket, url in (("with.dot", ""), ("payloads", "http://127.0.0.1:4566")):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ours = S3(bucket)
        assert not ours.client._host.startswith(bucket)
        ours.client = recorder = Recorder()  # type: ignore[assignment]
        ours.get_object(Bucket=bucket, Key="k")
        assert recorder.sent[1] == f"/{bucket}/k"


def test_a_client_for_one_bucket_serves_no_other() -> None:
    """The host contains the bucket name, so a client must not access other buckets."""
    with pytest.raises(ValueError, match="another bucket"):
        S3("payloads").get_object(Bucket="others", Key="k")


def test_only_times_have_a_form_of_their_own() -> None:
    """A value that JSON cannot represent is an error before the call."""
    with pytest.raises(TypeError, match="type bytes is not supported"):
        Sqs().send_message_batch(Entries=[b""])


def test_an_answer_that_is_no_json_is_a_failure() -> None:
    """The error has a code, like every other failure."""
    ours = DynamoDb()
    for answer in (b"<html>", b"[" * 100_000):
        ours.client = Recorder(answer)  # type: ignore[assignment]
        with pytest.raises(AwsError, match=r"^MalformedAnswer$"):
            ours.get_item()


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}', "ThrottlingException"),
        ({}, b'{"__type": "QueueDoesNotExist"}', "QueueDoesNotExist"),
        ({}, b'{"code": "AccessDenied"}', "AccessDenied"),
        ({"x-amzn-errortype": "AccessDenied:http://internal/"}, b"{}", "AccessDenied"),
        ({}, b"<html>", "HTTP400"),
        ({}, b"{}", "HTTP400"),
        ({}, b"[]", "HTTP400"),
        ({"x-amzn-errortype": "AccessDenied"}, b'["no object"]', "HTTP400"),
        ({}, b"[" * 100_000, "HTTP400"),
        ({}, b'{"__type": 5}', "HTTP400"),
    ],
)
def test_a_refusal_in_json_is_named_by_its_code(headers: dict[str, str], body: bytes, code: str) -> None:
    """Services put the code in different places; without a code, the HTTP status is used."""
    assert read_json_error(HttpAnswer(400, headers, body))[0] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<?xml?><Error><Code>NoSuchKey</Code><Message>m</Message></Error>", "NoSuchKey"),
        (b"", "HTTP404"),
        (b"<Code>\xff</Code>", "\ufffd"),
    ],
)
def test_a_refusal_in_xml_is_named_by_its_code(body: bytes, code: str) -> None:
    """Only S3 uses XML; without a code, the HTTP status is used."""
    assert read_xml_error(HttpAnswer(404, {}, body)) == (code, {})
