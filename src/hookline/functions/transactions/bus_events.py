"""The validator's handling of bus events, which contain the transactions of providers' events.

A bus event has no signature. Ingestion has verified the delivery before, and only the bus's rule may invoke the
validator with a bus event. The ids of its transactions must begin with the provider that the event's source names. Each
transaction goes through the same validation and conditional write as a transaction in an HTTP request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import Rejected, invalid_field
from hookline.core.transactions.outbox import build_item
from hookline.core.transactions.transaction import validate
from hookline.core.values.redact import loggable_id
from hookline.core.values.strict_json import JsonObject, JsonValue
from hookline.core.webhooks.provider_event import SCHEMA, source
from hookline.functions.aws.errors import AwsError
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable

UNAVAILABLE = "unavailable"
"""Outcome of a transaction that was not recorded because the table was not available, or because of a bug."""

_METRICS = {
    "accepted": "Accepted",
    "duplicate": "Duplicate",
    "event_conflict": "Conflict",
    UNAVAILABLE: "Unavailable",
}
_SETTLED = frozenset(("accepted", "duplicate"))


def respond(
    event: Mapping[str, Any], outbox: OutboxTable, telemetry: Telemetry, now: datetime, trace_id: str
) -> dict[str, object]:
    """Record every transaction of a bus event, and write a log line.

    A conflict (known id with other content) also raises an error, although a retry cannot succeed. hookline must not
    lose the transaction, because the provider got a 2xx answer and does not send the event again. Lambda sends the bus
    event to the queue ``forward-failures``. ``forward_failures`` moves it from there to the dead-letter queue.

    Args:
        event: the bus event from the rule.
        outbox: the outbox table.
        telemetry: the writer of log lines.
        now: the current time, with a time zone.
        trace_id: X-Ray trace id of this invocation.

    Returns:
        An empty object, which Lambda ignores.

    Raises:
        RuntimeError: when at least one transaction was not recorded. ``respond`` tries all transactions before it
            raises. Lambda retries the bus event. After the last retry, Lambda sends the bus event to the queue
            ``forward-failures``.
    """
    log: dict[str, Any] = {"bus_event": True, "trace_id": loggable_id(trace_id)}
    outcomes = record(event, outbox, now, trace_id, log)
    emit(telemetry, now, outcomes, log)
    if failed := failures(outcomes):
        raise RuntimeError(f"not every transaction was recorded: {', '.join(failed)}")
    return {}


def record(
    event: Mapping[str, Any], outbox: OutboxTable, now: datetime, trace_id: str, log: dict[str, Any]
) -> list[str]:
    """Record every transaction of a bus event.

    Args:
        event: the bus event from the rule.
        outbox: the outbox table.
        now: the current time, with a time zone.
        trace_id: X-Ray trace id of this invocation.
        log: log fields. ``record`` sets ``field`` and ``error``, and adds the transactions' ids to ``event_ids``.

    Returns:
        The outcome of each transaction: ``accepted``, ``duplicate``, ``unavailable`` if a retry can succeed, or the
        error code of a rejected transaction. A single error code for a bus event that is not valid.
    """
    outcomes: list[str] = []
    try:
        detail = _detail(event["detail"])
        prefix = _prefix(event["source"], detail)
        transactions = _transactions(detail)
        ids = [loggable_id(str(each.get("event_id"))) for each in transactions]
        log["event_ids"] = [*log.get("event_ids", ()), *ids]
        days = _expiry_days(outbox, detail)
        outcomes.extend(_accept(outbox, each, now, trace_id, prefix, days, log) for each in transactions)
    except Rejected as rejected:
        outcomes.append(rejected.code)
    return outcomes


def failures(outcomes: Iterable[str]) -> list[str]:
    """Return the outcomes of the transactions that were not recorded, each once."""
    return [outcome for outcome in dict.fromkeys(outcomes) if outcome not in _SETTLED]


def _detail(detail: JsonValue) -> JsonObject:
    if not isinstance(detail, dict) or detail.get("schema") != SCHEMA:
        raise invalid_field("detail", f"must have the format {SCHEMA}")
    return detail


def _prefix(event_source: object, detail: JsonObject) -> str:
    """Return the start of the transaction ids that a bus event may contain: the provider of its source, and a colon.

    Raises:
        Rejected: 422 ``invalid_field`` when the source and the detail do not name the same provider.
    """
    name = detail.get("provider")
    if name not in PROVIDER_NAMES or event_source != source(str(name)):
        raise invalid_field("source", "must be the source of the provider in the detail")
    return f"{name}:"


def _require_prefix(event_id: str, prefix: str) -> None:
    if not event_id.startswith(prefix):
        raise invalid_field("event_id", "must begin with the provider of the source")


def _transactions(detail: JsonObject) -> list[JsonObject]:
    transactions = detail.get("transactions")
    if not isinstance(transactions, list):
        raise invalid_field("transactions", "must be a list")
    objects = [transaction for transaction in transactions if isinstance(transaction, dict)]
    if len(objects) != len(transactions):
        raise invalid_field("transactions", "must be objects")
    return objects


def _expiry_days(outbox: OutboxTable, detail: JsonObject) -> int | None:
    """Return the days until DynamoDB may delete the outbox items of a bus event, or None to keep them.

    A provider can report the same payment, refund or dispute again after years. Without a signed time, anybody with a
    copy of the delivery can send it again. So only the stack's setting can limit how long hookline remembers them.
    """
    return None if detail.get("signed_at") else outbox.untimed_expiry_days


def _accept(
    outbox: OutboxTable,
    payload: JsonObject,
    now: datetime,
    trace_id: str,
    prefix: str,
    expiry_days: int | None,
    log: dict[str, Any],
) -> str:
    try:
        transaction = validate(payload, now)
        _require_prefix(transaction.event_id, prefix)
        item = build_item(transaction, now, trace_id, expiry_days)
        return outbox.put_new(item, money_alone=True)
    except Rejected as rejected:
        log["field"] = rejected.field
        return rejected.code
    except AwsError as error:
        log["error"] = error.code
    except Exception as bug:  # noqa: BLE001 - the message may contain sensitive values, so only the type is used
        log["error"] = type(bug).__name__
    return UNAVAILABLE


def emit(telemetry: Telemetry, now: datetime, outcomes: list[str], log: dict[str, object]) -> None:
    """Write the log line of an invocation, and count each outcome in a metric."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        metric = _METRICS.get(outcome, "Rejected")
        counts[metric] = counts.get(metric, 0) + 1
    telemetry.emit(milliseconds=int(now.timestamp() * 1000), fields={**log, "outcomes": outcomes}, counts=counts)
