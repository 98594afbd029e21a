"""The validator's second entry: normalised transactions of the providers system, handed over by its bus.

What comes here was verified when it was received, and only the bus's rule may invoke the function this way, so
there is no signature. The same rules and the same conditional put as for a webhook decide about each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hookline.core.errors import Rejected, invalid_field
from hookline.core.transactions.outbox import build_item
from hookline.core.transactions.reserved_ids import days_to_remember
from hookline.core.transactions.transaction import validate
from hookline.core.values.redact import loggable_id
from hookline.core.values.strict_json import JsonObject, JsonValue
from hookline.core.webhooks.provider_event import SCHEMA
from hookline.functions.aws.errors import AwsError
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable

_METRICS = {
    "accepted": "Accepted",
    "duplicate": "Duplicate",
    "event_conflict": "Conflict",
    "unavailable": "Unavailable",
}
_SETTLED = frozenset(("accepted", "duplicate"))


def respond(
    event: Mapping[str, Any], outbox: OutboxTable, telemetry: Telemetry, now: datetime, trace_id: str
) -> dict[str, object]:
    """Record every transaction of a bus event, and write one log line.

    No retry cures a conflict, but the event was accepted from its provider, so it must not vanish: it ends with the
    failures, whose alarm asks for a person.

    Args:
        event: an EventBridge event as a rule hands it to a function.
        outbox: where accepted transactions go.
        telemetry: where the log line goes.
        now: the clock, with a time zone.
        trace_id: X-Ray trace id of this invocation.

    Returns:
        An empty object; nobody reads it.

    Raises:
        RuntimeError: when a transaction was not recorded, after all others were: Lambda then tries again, and
            hands the event to the failure destination in the end.
    """
    outcomes: list[str] = []
    log: dict[str, object] = {"bus_event": True, "trace_id": loggable_id(trace_id)}
    try:
        transactions = _transactions(event["detail"])
        log["event_ids"] = [loggable_id(str(each.get("event_id"))) for each in transactions]
        outcomes.extend(_accept(outbox, each, now, trace_id, log) for each in transactions)
    except Rejected as rejected:
        outcomes.append(rejected.code)
    _emit(telemetry, now, outcomes, log)
    failed = [outcome for outcome in outcomes if outcome not in _SETTLED]
    if failed:
        raise RuntimeError(f"not every transaction was recorded: {', '.join(failed)}")
    return {}


def _transactions(detail: JsonValue) -> list[JsonObject]:
    members = detail if isinstance(detail, dict) else {}
    transactions = members.get("transactions")
    if members.get("schema") != SCHEMA or not isinstance(transactions, list):
        raise invalid_field("detail", f"must be a {SCHEMA}")
    objects = [transaction for transaction in transactions if isinstance(transaction, dict)]
    if len(objects) != len(transactions):
        raise invalid_field("transactions", "must be objects")
    return objects


def _accept(outbox: OutboxTable, payload: JsonObject, now: datetime, trace_id: str, log: dict[str, object]) -> str:
    try:
        transaction = validate(payload, now)
        days = days_to_remember(transaction.event_id, outbox.expiry_days)
        item = build_item(transaction, now, trace_id, days)
        return outbox.put_new(item)
    except Rejected as rejected:
        log["field"] = rejected.field
        return rejected.code
    except AwsError as error:
        log["error"] = error.code
    except Exception as bug:  # noqa: BLE001 - its words may hold values, so only its type goes on
        log["error"] = type(bug).__name__
    return "unavailable"


def _emit(telemetry: Telemetry, now: datetime, outcomes: list[str], log: dict[str, object]) -> None:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        metric = _METRICS.get(outcome, "Rejected")
        counts[metric] = counts.get(metric, 0) + 1
    telemetry.emit(milliseconds=int(now.timestamp() * 1000), fields={**log, "outcomes": outcomes}, counts=counts)
