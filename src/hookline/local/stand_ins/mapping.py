"""The parts of a Lambda event source mapping: failure settings, filters, and messages to the failure destination."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from hookline.local.stand_ins.delivery import GivenUp, Outcome, Rules, StreamRecord, arrival, sequence_number


def rules_of(mapping: dict[str, Any]) -> Rules:
    """Return the failure settings of an event source mapping. A missing setting gets AWS's default."""
    return Rules(
        attempts=mapping.get("MaximumRetryAttempts", -1),
        age_seconds=mapping.get("MaximumRecordAgeInSeconds", -1),
        bisect=mapping.get("BisectBatchOnFunctionError", False),
        partial="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
    )


def outcome_of(answer: object) -> Outcome:
    """Return the outcome of an invocation from the function's response, which can have `batchItemFailures`.

    A failure without a valid `itemIdentifier` counts as the failure of an unknown record, so it fails the whole batch
    (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html).
    """
    failures: object = cast("dict[str, Any]", answer).get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return Outcome()
    if not isinstance(failures, list):
        return Outcome(failures=("",))
    return Outcome(failures=tuple(_identifier(failure) for failure in cast("list[object]", failures)))


def _identifier(failure: object) -> str:
    identifier = cast("dict[str, object]", failure).get("itemIdentifier") if isinstance(failure, dict) else None
    return identifier if isinstance(identifier, str) else ""


def matches(record: StreamRecord, patterns: Sequence[dict[str, Any]]) -> bool:
    """Return True if a stream record matches one of the filter patterns, or if there are no patterns.

    A pattern names some top-level keys of a record, each with a list of allowed values. Every key must match.
    """
    return not patterns or any(all(record.get(key) in allowed for key, allowed in p.items()) for p in patterns)


def failure_record(mapping: dict[str, Any], given_up: GivenUp) -> dict[str, Any]:
    """Return the message that Lambda sends to a failure destination. It has stream positions instead of the records."""
    first, last = given_up.records[0], given_up.records[-1]
    return {
        "requestContext": {
            "functionArn": mapping["FunctionArn"],
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.invocations,
        },
        "version": "1.0",
        "timestamp": _iso(time.time()),
        "DDBStreamBatchInfo": {
            "streamArn": mapping["EventSourceArn"],
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _iso(arrival(first)),
            "approximateArrivalOfLastRecord": _iso(arrival(last)),
            "batchSize": len(given_up.records),
        },
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
