"""The validator's bus entry: transactions of the providers system, under the same rules as webhooks."""

import json
from typing import Any

import pytest
from support.clock import NOW
from support.fakes.errors import aws_error
from support.fakes.table import outbox_table
from support.log_lines import metrics_of

from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.validator import Validator, respond

TRACE = "1-65250000-0123456789abcdef01234567"


class NoSecrets:
    """Secrets that fail the test if they are used."""

    def live(self) -> list[str]:
        """Fail."""
        raise AssertionError

    def refresh(self) -> bool:
        """Fail."""
        raise AssertionError


def transaction(number: int = 1, **change: Any) -> dict[str, Any]:
    """Return a transaction as the providers system creates it."""
    return {
        "event_id": f"stripe:evt_{number}",
        "transaction_type": "payment",
        "amount": "10.99",
        "currency": "USD",
        "timestamp": "2026-11-21T10:21:00Z",
        "metadata": {"provider": "stripe", "provider_object_id": "pi_1"},
        **change,
    }


class Bench:
    """A validator that requires signatures, with fakes, and bus events for it.

    Attributes:
        table: the table.
        untimed_expiry_days: the stack's setting.
        line: the log line of the last event.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.table = outbox_table()
        self.untimed_expiry_days: int | None = None
        self.line: dict[str, Any] = {}

    def deliver(self, *transactions: Any, **detail: Any) -> None:
        """Invoke the validator with an event that has these transactions."""
        outbox = OutboxTable(self.table, "events", 35, self.untimed_expiry_days)
        validator = Validator(outbox, False, NoSecrets(), Telemetry("transactions", "dev"), lambda: NOW)
        event = {
            "version": "0",
            "source": "hookline.stripe",
            "detail-type": "payment_intent.succeeded",
            "detail": {
                "schema": "hookline.provider-event.v1",
                "provider": "stripe",
                "transactions": list(transactions),
                **detail,
            },
        }
        if "detail" in detail:
            event["detail"] = detail["detail"]
        try:
            assert respond(validator, event) == {}
        finally:
            out = self._capsys.readouterr().out
            assert out.count("\n") == 1
            self.line = json.loads(out)

    def metrics(self) -> dict[str, int]:
        """Return the metrics in the last log line."""
        return metrics_of(self.line)


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a validator with an empty table."""
    return Bench(capsys)


def test_every_transaction_of_an_event_is_stored(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bus events need no signature, because only the bus's rule can invoke the function with them."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent=1;Sampled=1")
    bench.deliver(transaction(1), transaction(2, transaction_type="refund"))
    assert sorted(bench.table.stored) == ["stripe:evt_1", "stripe:evt_2"]
    assert bench.table.stored["stripe:evt_1"]["trace_id"] == {"S": TRACE}
    assert json.loads(bench.table.stored["stripe:evt_1"]["message"]["S"])["amount"] == "10.99"
    assert bench.metrics() == {"Accepted": 2}
    assert bench.line["event_ids"] == ["stripe:evt_1", "stripe:evt_2"]
    assert (bench.line["outcomes"], bench.line["trace_id"]) == (["accepted", "accepted"], TRACE)


@pytest.mark.parametrize("signed_at", ["2026-11-21T12:00:00Z", None])
def test_a_transaction_of_a_provider_is_never_forgotten(bench: Bench, signed_at: str | None) -> None:
    """Square sends a payment again for each refund, even years later, so the item must still exist."""
    bench.deliver(transaction(1), signed_at=signed_at)
    assert "expires_at" not in bench.table.stored["stripe:evt_1"]


def test_a_stack_can_limit_the_memory_for_providers_that_sign_no_time(bench: Bench) -> None:
    """The setting `untimedExpiryDays` has no effect on providers that sign the time."""
    bench.untimed_expiry_days = 400
    bench.deliver(transaction(1), signed_at=None)
    bench.deliver(transaction(2), signed_at="2026-11-21T12:00:00Z")
    assert bench.table.stored["stripe:evt_1"]["expires_at"] == {"N": str(int(NOW.timestamp()) + 400 * 86_400)}
    assert "expires_at" not in bench.table.stored["stripe:evt_2"]


@pytest.mark.parametrize("event_id", ["adyen:evt_1", "stripe", "evt_1", "Stripe:evt_1", " stripe:evt_1"])
def test_an_id_of_another_provider_is_refused(bench: Bench, event_id: str) -> None:
    """The source of a bus event names the provider with which the ids of its transactions begin."""
    with pytest.raises(RuntimeError, match="invalid_field"):
        bench.deliver(transaction(event_id=event_id))
    assert (bench.table.stored, bench.metrics()) == ({}, {"Rejected": 1})


@pytest.mark.parametrize("provider", ["adyen", "nobody", None, ["stripe"]])
def test_a_source_that_disagrees_with_the_event_is_refused(bench: Bench, provider: object) -> None:
    """The bus event has the source `hookline.stripe`, and its detail names another provider."""
    for made in (transaction(), transaction(event_id=f"{provider}:evt_1")):
        with pytest.raises(RuntimeError, match="invalid_field"):
            bench.deliver(made, provider=provider)
    assert bench.table.stored == {}


def test_the_same_event_again_is_a_duplicate(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bus delivers at least once, but the table keeps one item."""
    bench.deliver(transaction())
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE}")
    bench.deliver(transaction(amount="10.990"))
    assert bench.metrics() == {"Duplicate": 1}
    assert len(bench.table.stored) == 1


def test_only_other_money_makes_a_known_transaction_a_conflict(bench: Bench) -> None:
    """Older versions of hookline stored no account, and another time. Only other money is a conflict."""
    bench.deliver(transaction())
    for same in ({"metadata": {"provider_account": "acct_1"}}, {"timestamp": "2026-11-21T09:00:00Z"}, {"metadata": {}}):
        bench.deliver(transaction(**same))
        assert bench.metrics() == {"Duplicate": 1}
    for other in ({"amount": "11.00"}, {"currency": "EUR"}, {"transaction_type": "refund"}):
        with pytest.raises(RuntimeError, match="event_conflict"):
            bench.deliver(transaction(**other))


def test_a_conflict_is_counted_and_raised_after_the_others_are_stored(bench: Bench) -> None:
    """An event whose id has other content is an error; no item is overwritten."""
    bench.deliver(transaction())
    with pytest.raises(RuntimeError, match="event_conflict"):
        bench.deliver(transaction(amount="99"), transaction(2))
    assert sorted(bench.table.stored) == ["stripe:evt_1", "stripe:evt_2"]
    assert bench.metrics() == {"Conflict": 1, "Accepted": 1}
    assert json.loads(bench.table.stored["stripe:evt_1"]["message"]["S"])["amount"] == "10.99"


def test_an_event_without_transactions_stores_nothing(bench: Bench) -> None:
    """An event without transactions succeeds."""
    bench.deliver()
    assert (bench.table.puts, bench.line["outcomes"]) == (0, [])


@pytest.mark.parametrize("bad", [{"amount": "0"}, {"timestamp": None}, {"transaction_type": "payout"}])
def test_a_malformed_transaction_is_raised_after_the_others_are_stored(bench: Bench, bad: dict[str, Any]) -> None:
    """The event goes to the failure destination, and the other transactions are stored."""
    with pytest.raises(RuntimeError, match="not every transaction was recorded") as caught:
        bench.deliver(transaction(1, **bad), transaction(2))
    assert list(bench.table.stored) == ["stripe:evt_2"]
    assert bench.metrics() == {"Rejected": 1, "Accepted": 1}
    assert bench.line["field"] == next(iter(bad))
    assert "stripe" not in str(caught.value)


@pytest.mark.parametrize(
    "detail",
    [
        {"schema": "hookline.provider-event.v2"},
        {"transactions": None},
        {"transactions": {}},
        {"transactions": ["payment"]},
        {"detail": None},
    ],
)
def test_a_detail_of_another_form_is_raised(bench: Bench, detail: dict[str, Any]) -> None:
    """An unknown format is not dropped silently."""
    with pytest.raises(RuntimeError):
        bench.deliver(**detail)
    assert bench.metrics() == {"Rejected": 1}


def test_without_the_table_the_event_is_raised_and_the_retry_is_accepted(bench: Bench) -> None:
    """After an outage, Lambda's own retry succeeds."""
    bench.table.error = aws_error("ThrottlingException")
    with pytest.raises(RuntimeError, match="unavailable"):
        bench.deliver(transaction())
    assert (bench.metrics(), bench.line["error"]) == ({"Unavailable": 1}, "ThrottlingException")
    bench.table.error = None
    bench.deliver(transaction())
    assert bench.metrics() == {"Accepted": 1}


def test_a_fault_of_the_program_is_raised_and_tells_no_value(bench: Bench) -> None:
    """A float in the metadata, which no event of hookline contains, is such an error."""
    with pytest.raises(RuntimeError) as caught:
        bench.deliver(transaction(metadata={"note": "secret words", "x": 1.5}), transaction(2))
    assert caught.value.__context__ is None
    assert (bench.metrics(), bench.line["error"]) == ({"Unavailable": 1, "Accepted": 1}, "TypeError")
    assert "secret words" not in json.dumps(bench.line)


def test_an_id_that_could_be_a_card_number_is_masked(bench: Bench) -> None:
    """This holds for every log line."""
    bench.deliver(transaction(event_id="stripe:4111111111111111"))
    assert bench.line["event_ids"] == ["stripe:" + "*" * 16]
