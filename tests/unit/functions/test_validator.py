"""The validator: answers, stored items, and log lines."""

import base64
import importlib
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import NOW
from support.fakes.errors import aws_error
from support.fakes.table import outbox_table
from support.log_lines import metrics_of
from support.records import changed

from hookline.core.signatures.standard_webhooks import SIGNATURE_HEADERS, sign
from hookline.functions import validator as module
from hookline.functions.aws.errors import AwsError
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.unavailable import Unavailable
from hookline.functions.validator import Validator, respond

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
NEW_SECRET = "whsec_" + base64.b64encode(bytes(range(24, 48))).decode()
SECONDS = int(NOW.timestamp())
PAYLOAD: dict[str, Any] = {
    "event_id": "evt_1",
    "transaction_type": "payment",
    "amount": "10.50",
    "timestamp": "2026-11-21T10:21:00Z",
}
TRACE = "1-65250000-0123456789abcdef01234567"


class FakeSecrets:
    """Live secrets; a refresh replaces them with the next ones, if there are any."""

    def __init__(self, *live: str) -> None:
        self.secrets = dict.fromkeys(live, "")
        self.next: dict[str, str] | None = None
        self.outage = ""
        self.uses = 0

    def live(self) -> dict[str, str]:
        """Return the secrets, or fail in an outage."""
        self.uses += 1
        if self.outage:
            raise Unavailable(self.outage)
        return self.secrets

    def refresh(self) -> bool:
        """Replace the secrets with the next ones."""
        if self.next is None:
            return False
        self.secrets, self.next = self.next, None
        return True

    def sender(self, secret: str) -> str:
        """Return the name of the secret's sender."""
        return self.secrets.get(secret, "")

    def senders(self) -> set[str]:
        """Return the names of the senders."""
        return {name for name in self.secrets.values() if name}

    def fingerprint(self, secret: str) -> str:
        """Return a text that shows which secret was used."""
        return f"of {secret}"

    def unusable(self, is_usable: Any) -> int | None:
        """Return the number of secrets of another form."""
        return sum(not is_usable(secret) for secret in self.secrets) or None


class Api:
    """A validator with fakes, and requests for it.

    Attributes:
        table: the table.
        secrets: the live secrets.
        now: the clock.
        line: the log line of the last request.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.table = outbox_table()
        self.secrets = FakeSecrets(SECRET)
        self.line: dict[str, Any] = {}
        self.now = NOW
        self.validator = Validator(
            outbox=OutboxTable(self.table, "events", 35, None),
            allow_unsigned=True,
            secrets=self.secrets,
            telemetry=Telemetry("transactions", "dev"),
            now=lambda: self.now,
        )

    def send(self, payload: Any, headers: dict[str, str] | None = None, **event: Any) -> tuple[int, Any]:
        """Send a payload, as JSON unless it is text, and return status and decoded body."""
        body = payload if isinstance(payload, str) else json.dumps(payload)
        headers = {"Content-Type": "application/json", **(headers or {})}
        response = respond(self.validator, {"body": body, "headers": headers, **event})
        out = self._capsys.readouterr().out
        assert out.count("\n") == 1
        self.line = json.loads(out)
        assert response["headers"].get("Retry-After") == ("5" if response["statusCode"] == 503 else None)
        return int(str(response["statusCode"])), json.loads(str(response["body"]))

    def metrics(self) -> dict[str, int]:
        """Return the metrics in the last log line."""
        return metrics_of(self.line)


@pytest.fixture
def api(capsys: pytest.CaptureFixture[str]) -> Api:
    """Return a validator that accepts unsigned requests."""
    return Api(capsys)


@pytest.fixture
def closed(api: Api) -> Api:
    """Return a validator that requires signatures."""
    api.validator = changed(api.validator, allow_unsigned=False)
    return api


def signed(body: str, secret: str = SECRET, seconds: int = SECONDS) -> dict[str, str]:
    """Return the signature headers of a body."""
    values = ("msg_1", str(seconds), sign(secret, "msg_1", seconds, body.encode()))
    return dict(zip(SIGNATURE_HEADERS, values, strict=True))


def error_of(answer: tuple[int, Any]) -> tuple[int, str, str | None]:
    """Return status, code and field of an error answer, after checking its form."""
    status, body = answer
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message", "field"}
    return status, body["error"]["code"], body["error"]["field"]


def test_a_new_event_is_stored_and_then_accepted(api: Api) -> None:
    """A valid event is stored before the sender gets 202."""
    answer = api.send(PAYLOAD, {"X-Amzn-Trace-Id": f"Root={TRACE}"})
    assert answer == (202, {"status": "accepted", "event_id": "evt_1"})
    item = api.table.stored["evt_1"]
    assert item["trace_id"] == {"S": TRACE}
    assert item["expires_at"] == {"N": str(SECONDS + 35 * 86400)}
    assert json.loads(item["message"]["S"])["received_at"] == "2026-11-21T12:00:00.25Z"
    assert api.metrics() == {"Accepted": 1, "Unsigned": 1}
    assert api.line["unsigned"] is True
    logged = {name: api.line[name] for name in ("event_id", "transaction_type", "trace_id")}
    assert logged == {
        "event_id": "evt_1",
        "transaction_type": "payment",
        "trace_id": TRACE,
    }


def test_the_same_event_again_is_a_duplicate(api: Api) -> None:
    """Fifty copies of an event, with different formatting, leave one item and get 2xx."""
    api.send(PAYLOAD)
    stored = dict(api.table.stored)
    for number in range(50):
        api.now += timedelta(microseconds=1)
        answer = api.send({**PAYLOAD, "amount": "10.5" + "0" * (number % 5), "retry": number})
        assert answer == (200, {"status": "duplicate", "event_id": "evt_1"})
        assert api.metrics() == {"Duplicate": 1, "Unsigned": 1}
    assert api.table.stored == stored


def test_another_event_under_the_same_id_is_a_conflict(api: Api) -> None:
    """Other content under a known id gets 409 and is counted; the item is not overwritten."""
    api.send(PAYLOAD)
    stored = dict(api.table.stored)
    assert error_of(api.send({**PAYLOAD, "amount": "99"})) == (409, "event_conflict", "event_id")
    assert api.metrics() == {"Conflict": 1}
    assert api.line["event_id"] == "evt_1"
    assert api.table.stored == stored


def test_a_put_whose_answer_was_lost_is_still_accepted(api: Api) -> None:
    """If the client's retry finds the item of its own first attempt, the event is new."""
    api.send(PAYLOAD, {"X-Amzn-Trace-Id": f"Root={TRACE}"})
    answer = api.send(PAYLOAD, {"X-Amzn-Trace-Id": f"Root={TRACE}"})
    assert answer == (202, {"status": "accepted", "event_id": "evt_1"})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (aws_error("ProvisionedThroughputExceededException"), "ProvisionedThroughputExceededException"),
        (aws_error("AccessDeniedException"), "AccessDeniedException"),
        (AwsError("ReadTimeoutError"), "ReadTimeoutError"),
    ],
)
def test_without_the_table_nothing_is_accepted(api: Api, error: Exception, code: str) -> None:
    """A failed put gets 503 with Retry-After; after the outage, the retry is accepted."""
    api.table.error = error
    assert error_of(api.send(PAYLOAD)) == (503, "unavailable", None)
    assert (api.line["error"], api.metrics()) == (code, {"Unavailable": 1})
    api.table.error = None
    assert api.send(PAYLOAD)[0] == 202


def test_a_failed_condition_that_shows_no_item_is_not_decided(api: Api) -> None:
    """Without the stored item, the validator cannot distinguish duplicate and conflict, so the sender must retry."""
    api.send(PAYLOAD)
    api.table.tells_held_item = False
    api.now += timedelta(seconds=1)
    assert error_of(api.send(PAYLOAD)) == (503, "unavailable", None)


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("", (400, "malformed_json", None)),
        ("[1]", (400, "malformed_json", None)),
        ("\ud800", (400, "malformed_json", None)),
        ({"event_id": "evt_1"}, (400, "missing_field", "transaction_type")),
        ({**PAYLOAD, "amount": None}, (400, "wrong_type", "amount")),
        ({**PAYLOAD, "amount": "-1"}, (422, "invalid_field", "amount")),
        ("x" * 262_145, (413, "payload_too_large", None)),
        ({**PAYLOAD, "metadata": {"pad": "é" * 45_000}}, (413, "payload_too_large", None)),
    ],
)
def test_a_bad_request_is_refused_and_nothing_is_stored(
    api: Api, payload: Any, error: tuple[int, str, str | None]
) -> None:
    """Each rejection has a status, a code and a field, and makes no AWS call."""
    assert error_of(api.send(payload)) == error
    assert api.metrics() == {"Rejected": 1}
    assert (api.line["outcome"], api.line["status"], api.line.get("field")) == (error[1], error[0], error[2])
    assert api.table.puts == 0


def test_a_body_in_base64_is_the_body_that_was_signed(closed: Api) -> None:
    """The signature covers the decoded bytes; invalid base64 is malformed."""
    body = json.dumps(PAYLOAD)
    flagged = base64.b64encode(body.encode()).decode()
    assert closed.send(flagged, signed(body), isBase64Encoded=True)[0] == 202
    assert error_of(closed.send("{}", signed("{}"), isBase64Encoded=True)) == (400, "malformed_json", None)


def test_the_order_of_the_checks(closed: Api) -> None:
    """The order is: size, signature, content type, form, values."""
    huge, text = "x" * 262_145, {"Content-Type": "text/plain"}
    assert closed.send(huge, text)[0] == 413
    assert closed.send("{", text)[0] == 401
    assert closed.send("{", {**signed("{"), **text})[0] == 415
    assert closed.send("{", signed("{"))[0] == 400
    bad = json.dumps({**PAYLOAD, "amount": "0"})
    assert closed.send(bad, signed(bad))[0] == 422
    assert closed.table.puts == 0


def test_a_signed_request_is_accepted_whatever_the_case_of_its_headers(closed: Api) -> None:
    """API Gateway keeps the sender's case of header names, while other proxies use lower case."""
    body = json.dumps(PAYLOAD)
    titled = {name.title(): value for name, value in signed(body).items()}
    assert closed.send(body, titled)[0] == 202
    assert "unsigned" not in closed.line


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"webhook-signature": ""}, "signature_missing", "missing"),
        ({"webhook-timestamp": "soon"}, "signature_invalid", "malformed"),
        ({"webhook-id": "msg_2"}, "signature_invalid", "mismatch"),
        ({"webhook-timestamp": str(SECONDS - 301)}, "signature_expired", "expired"),
    ],
)
def test_a_bad_signature_is_refused(closed: Api, change: dict[str, str], code: str, reason: str) -> None:
    """The answer has the kind of fault and the log has the reason, but neither has a value."""
    body = json.dumps(PAYLOAD)
    assert error_of(closed.send(body, {**signed(body), **change})) == (401, code, None)
    assert (closed.line["reason"], closed.metrics()) == (reason, {"Unauthorized": 1})
    assert closed.table.puts == 0


def test_unsigned_requests_need_permission(closed: Api) -> None:
    """A request without signature headers is accepted only if the stack allows it."""
    assert error_of(closed.send(PAYLOAD)) == (401, "signature_missing", None)
    assert closed.secrets.uses == 0


@pytest.mark.parametrize("header", SIGNATURE_HEADERS)
def test_where_unsigned_is_allowed_a_signature_must_still_verify(api: Api, header: str) -> None:
    """A request with at least one of the three headers counts as signed."""
    assert error_of(api.send(PAYLOAD, {header: "x"})) == (401, "signature_missing", None)
    body = json.dumps(PAYLOAD)
    assert api.send(body, signed(body))[0] == 202


@pytest.mark.parametrize("header", SIGNATURE_HEADERS)
def test_a_signature_header_sent_twice_must_say_the_same(closed: Api, header: str) -> None:
    """Two different values of a header are ambiguous and rejected; equal values count as one."""
    body = json.dumps(PAYLOAD)
    headers = signed(body)
    twice = {header.upper(): [headers[header], "other"]}
    assert error_of(closed.send(body, headers, multiValueHeaders=twice)) == (401, "signature_invalid", None)
    same = {header.upper(): [headers[header], headers[header]]}
    assert closed.send(body, headers, multiValueHeaders=same)[0] == 202


def test_a_rotated_secret_is_picked_up_at_once(closed: Api) -> None:
    """If no cached secret matches, the validator reads the secrets again."""
    body = json.dumps(PAYLOAD)
    assert closed.send(body, signed(body, NEW_SECRET))[0] == 401
    closed.secrets.next = {SECRET: "", NEW_SECRET: ""}
    assert closed.send(body, signed(body, NEW_SECRET))[0] == 202


def test_a_revoked_secret_is_refused_after_the_refresh_too(closed: Api) -> None:
    """If the new secrets do not match either, the answer stays 401."""
    body = json.dumps(PAYLOAD)
    closed.secrets.next = {NEW_SECRET: ""}
    assert closed.send(body, signed(body, "whsec_" + "A" * 32))[0] == 401
    assert closed.send(body, signed(body))[0] == 401


def test_an_expired_request_never_makes_the_secrets_be_read_again(closed: Api) -> None:
    """Another secret cannot make an expired request valid, so there is no new read."""
    body = json.dumps(PAYLOAD)
    closed.secrets.next = {}
    closed.send(body, signed(body, seconds=SECONDS - 301))
    assert closed.secrets.next == {}


def test_without_any_secret_nothing_is_accepted(closed: Api) -> None:
    """The log says that the secret is missing, and the sender gets `signature_invalid`."""
    closed.secrets.secrets = {}
    body = json.dumps(PAYLOAD)
    assert error_of(closed.send(body, signed(body))) == (401, "signature_invalid", None)
    assert closed.line["reason"] == "no_secret"


def test_a_secret_that_can_never_verify_is_told(closed: Api) -> None:
    """The log line of a refused request has the number of such secrets."""
    closed.secrets.secrets = {"whsec_too short": "", SECRET: ""}
    body = json.dumps(PAYLOAD)
    assert closed.send(body, signed(body, NEW_SECRET))[0] == 401
    assert closed.line["unusable_secrets"] == 1


def test_an_outage_of_the_secrets_is_answered_with_503(closed: Api) -> None:
    """Without secrets, a signed request gets 503, and an unsigned request still gets 401."""
    closed.secrets.outage = "ThrottlingException"
    body = json.dumps(PAYLOAD)
    assert error_of(closed.send(body, signed(body))) == (503, "unavailable", None)
    assert (closed.line["error"], closed.metrics()) == ("ThrottlingException", {"Unavailable": 1})
    assert closed.send(body)[0] == 401


def test_a_fault_of_the_program_is_answered_with_500_and_tells_no_value(api: Api) -> None:
    """The log has only the type of an unexpected exception, and the sender retries."""
    api.table.error = RuntimeError("evt_1 10.50")
    assert error_of(api.send(PAYLOAD)) == (500, "internal", None)
    assert (api.line["error"], api.metrics()) == ("RuntimeError", {"Unavailable": 1})
    assert "10.50" not in json.dumps(api.line)


def test_no_payload_header_or_secret_is_logged(closed: Api) -> None:
    """Card numbers and line breaks from the sender never appear in a log line."""
    canary = "4111111111111111"
    payload = {**PAYLOAD, "event_id": f"evt_{canary}", "metadata": {"pan": canary, "x": "\r\nforged"}}
    body = json.dumps(payload)
    for headers in (
        signed(body),
        {**signed(body), "webhook-id": canary},
        {**signed(body), "User-Agent": canary, "X-Amzn-Trace-Id": f"Root=1-65250000-{canary}abcdef01"},
    ):
        closed.send(body, headers)
        line = json.dumps(closed.line)
        assert canary not in line
        assert "forged" not in line
        assert SECRET not in line


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "body": st.none() | st.text() | st.just(json.dumps(PAYLOAD)),
            "isBase64Encoded": st.booleans() | st.none(),
            "headers": st.none() | st.dictionaries(st.sampled_from([*SIGNATURE_HEADERS, "Content-Type"]), st.text()),
            "multiValueHeaders": st.none() | st.dictionaries(st.text(), st.none() | st.lists(st.text())),
            "requestContext": st.none() | st.fixed_dictionaries({"requestId": st.text()}),
        },
    ),
    st.booleans(),
)
def test_no_request_causes_a_5xx(event: dict[str, Any], allow_unsigned: bool) -> None:
    """Every request is accepted or gets 4xx, and an event is stored exactly if it is accepted."""
    table = outbox_table()
    validator = Validator(
        outbox=OutboxTable(table, "events", 35, None),
        allow_unsigned=allow_unsigned,
        secrets=FakeSecrets(SECRET),
        telemetry=Telemetry("transactions", "dev"),
        now=lambda: NOW,
    )
    status = int(str(respond(validator, event)["statusCode"]))
    assert 200 <= status < 500
    assert (status == 202) == bool(table.stored)


def test_the_handler_is_composed_once_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Lambda, the import creates the clients, and all invocations use them."""
    for name, value in {
        "AWS_LAMBDA_FUNCTION_NAME": "validator-dev",
        "AWS_DEFAULT_REGION": "us-east-1",
        "TABLE_NAME": "events",
        "EXPIRY_DAYS": "35",
        "UNTIMED_EXPIRY_DAYS": "never",
        "ALLOW_UNSIGNED": "false",
        "SIGNING_SECRET_ARN": "arn:secret",
        "SERVICE": "transactions",
        "ENVIRONMENT": "dev",
    }.items():
        monkeypatch.setenv(name, value)
    fresh = importlib.reload(module)
    monkeypatch.delenv("TABLE_NAME")
    assert fresh.handler({"body": "{}"}, None)["statusCode"] == 401


@pytest.mark.parametrize(
    ("setting", "allowed"), [("true", True), ("false", False), ("True", False), ("", False), ("local", False)]
)
def test_only_the_word_true_lets_unsigned_requests_in(
    monkeypatch: pytest.MonkeyPatch, setting: str, allowed: bool
) -> None:
    """On AWS, any value other than ``true`` requires signatures; the clock is in UTC."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    names = ("TABLE_NAME", "SIGNING_SECRET_ARN", "SERVICE", "ENVIRONMENT")
    environ = {
        **dict.fromkeys(names, "x"),
        "EXPIRY_DAYS": "35",
        "UNTIMED_EXPIRY_DAYS": "400",
        "ALLOW_UNSIGNED": setting,
    }
    composed = module.compose(environ)
    assert composed.allow_unsigned is allowed
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    in_local_mode = module.compose({**environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert in_local_mode.allow_unsigned is (allowed or setting == "local")
    assert module.compose({**environ, "AWS_ENDPOINT_URL": ""}).allow_unsigned is allowed
    assert composed.now().utcoffset() == NOW.utcoffset()


def test_an_id_of_a_provider_cannot_be_taken_over_http(api: Api) -> None:
    """Such an id would conflict with the provider's event, so only the bus may deliver it."""
    status, code, field = error_of(api.send({**PAYLOAD, "event_id": "stripe:evt_1"}))
    assert (status, code, field) == (422, "invalid_field", "event_id")
    assert (api.table.puts, api.metrics()) == (0, {"Rejected": 1})
    assert api.send({**PAYLOAD, "event_id": "stripes:evt_1"})[0] == 202
