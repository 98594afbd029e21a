"""Conversion of a delivery message to a bus event. If the message has no payload, the archive has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from hookline.core.providers.contract import BookingRules, Event, MoneyReport, Provider
from hookline.core.providers.registry import provider as find_provider
from hookline.core.providers.table import OLD_REFUND, outcome_of
from hookline.core.transactions.booking import as_transaction, books_account, is_booked, is_outcome, is_unbooked
from hookline.core.values.json_pointer import resolve
from hookline.core.values.strict_json import JsonObject, decode
from hookline.core.values.timestamp import format_utc, parse_rfc3339
from hookline.core.webhooks import delivery_message, outcome_event
from hookline.core.webhooks.delivery_message import DeliveryMessage
from hookline.core.webhooks.provider_event import Particulars, Times, build_detail, detail_type, source
from hookline.functions.aws.errors import AwsError
from hookline.functions.bus import BusEvent

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

Message: TypeAlias = Mapping[str, Any]

Bodies: TypeAlias = dict[str, JsonObject]

UNBOOKED, OTHER_ACCOUNT, OLD_REFUNDS, OLD_VERSION, TESTS, OUTCOME_EVENTS = METRICS = (
    "Unbooked",
    "OtherAccount",
    "OldVersionRefund",
    "OldVersion",
    "TestEvents",
    "Outcomes",
)
"""Metrics of events: possibly money that is not booked, money in an account that the stack does not book, refund
objects of an old API version of Stripe, events of an API version that is too old, test events that are not booked, and
outcome events."""

ARCHIVE_CHANGED = "ArchiveChanged"
"""Error code of an event whose body in the archive is not the body that ingestion verified."""


@dataclass(frozen=True)
class Envelope:
    """A bus event with data for the log line.

    Attributes:
        event: the bus event.
        outcomes: the outcome events that follow from it.
        received_at: time of receipt of the delivery.
        provider: name of the provider.
        key: key of the event.
        metrics: the metrics that count the event: some of ``METRICS``.
    """

    event: BusEvent
    outcomes: Sequence[BusEvent]
    received_at: datetime
    provider: str
    key: str
    metrics: Sequence[str]


class Unreadable(Exception):  # noqa: N818 - the name is clear without "Error"
    """The exception for a delivery message that cannot become a bus event.

    Attributes:
        code: error code without sensitive data, for the log.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Envelopes:
    """A builder of bus events. It does not verify signatures, because ingestion has verified them before.

    Attributes:
        s3: S3 client.
        bucket: name of the archive bucket.
        rules: returns the rules of the stack for a provider name.
    """

    s3: S3Client
    bucket: str
    rules: Callable[[str], BookingRules]

    def read(self, record: Message, bodies: Bodies) -> Envelope:
        """Build the bus event of a delivery message.

        Args:
            record: a queue record of the SQS event.
            bodies: archive key → decoded body that contains several events. ``read`` uses this cache and adds to it, so
                each such body is fetched only once.

        Raises:
            Unreadable: when the message or the body is malformed, or the archive cannot be read.
        """
        try:
            message = delivery_message.parse(record["body"])
            times = _times(record["messageAttributes"])
            return self._envelope(message, times, self._payload(message, bodies))
        except AwsError as error:
            raise Unreadable(error.code) from None
        except Unreadable:
            raise
        except Exception as fault:  # noqa: BLE001 - a bad message must not block other groups, and no value may leak
            raise Unreadable(type(fault).__name__) from None

    def _payload(self, message: DeliveryMessage, bodies: Bodies) -> JsonObject:
        """Return the decoded event of a delivery message. Add a fetched body with several events to ``bodies``."""
        if message.payload:
            return decode(message.payload.encode("utf-8", "surrogatepass"), mend=True)
        body = bodies.get(message.archive_key)
        if body is None:
            raw = self.s3.get_object(Bucket=self.bucket, Key=message.archive_key)["Body"].read()
            if not message.archive_key.endswith(sha256(raw).hexdigest()):
                raise Unreadable(ARCHIVE_CHANGED)
            body = decode(raw, mend=True)
            if message.pointer:
                bodies[message.archive_key] = body
        return resolve(body, message.pointer)

    def _envelope(self, message: DeliveryMessage, times: Times, payload: JsonObject) -> Envelope:
        received_at = parse_rfc3339(times.received_at)
        provider = find_provider(message.provider)
        made = _made(provider, message, payload, received_at, self.rules(message.provider))
        happened_at = parse_rfc3339(times.signed_at) if times.signed_at else received_at
        event = BusEvent(
            source=source(message.provider),
            detail_type=detail_type(message.event_type),
            detail=build_detail(message, times, self.bucket, provider.unsigned, made.transactions, made.particulars),
            time=happened_at,
        )
        outcomes = [
            BusEvent(
                source=outcome_event.SOURCE,
                detail_type=outcome_of(report.verdict),
                detail=outcome_event.build_outcome(provider, message, times, report),
                time=happened_at,
            )
            for report in made.outcomes
        ]
        return Envelope(event, outcomes, received_at, provider.name, message.key, made.metrics)


def _times(attributes: Mapping[str, Mapping[str, str]]) -> Times:
    signed_at = attributes.get("signed_at")
    return Times(attributes["received_at"]["stringValue"], signed_at["stringValue"] if signed_at else None)


@dataclass(frozen=True)
class _Made:
    """What follows from an event.

    Attributes:
        transactions: the transactions, in the format of a request body for the validator.
        outcomes: the money reports that become outcome events.
        particulars: what the event says about its payment, refund or dispute.
        metrics: the metrics that count the event.
    """

    transactions: list[JsonObject]
    outcomes: Sequence[MoneyReport]
    particulars: Particulars
    metrics: Sequence[str]


def _made(
    provider: Provider, message: DeliveryMessage, payload: JsonObject, received_at: datetime, rules: BookingRules
) -> _Made:
    event = _event(message, payload)
    reports = provider.normalise(event, rules)
    particulars = _particulars(reports[0] if reports else None, message)
    metrics = [OLD_VERSION] if message.api_version and message.api_version < provider.lowest_version else []
    moved = [each for each in reports if is_booked(each, rules)]
    unbooked = [each for each in reports if is_unbooked(each, rules)]
    outcomes = [each for each in reports if is_outcome(each, rules)]
    if not (rules.booked and (moved or unbooked or outcomes)):
        return _Made([], (), particulars, metrics + _left_out(reports))
    if not books_account(provider, message.account, rules):
        return _Made([], (), particulars, metrics + ([OTHER_ACCOUNT] if moved or unbooked else []))
    made = [as_transaction(provider, event, report, received_at) for report in moved]
    transactions = [transaction for transaction in made if transaction is not None]
    metrics += ([UNBOOKED] if unbooked else []) + ([OUTCOME_EVENTS] if outcomes else [])
    return _Made(transactions, outcomes, particulars, metrics)


def _event(message: DeliveryMessage, payload: JsonObject) -> Event:
    return Event(
        event_id=message.event_id,
        event_type=message.event_type,
        object_id=message.object_id,
        payload=payload,
        signed_key=message.key.removeprefix(f"{message.provider}:"),
        account=message.account,
        api_version=message.api_version,
        marked=message.marked,
    )


def _left_out(reports: Sequence[MoneyReport]) -> list[str]:
    """Return the metrics of an event from which nothing follows."""
    if not reports:
        return []
    old, test = reports[0].verdict == OLD_REFUND, reports[0].test
    return ([OLD_REFUNDS] if old else []) + ([TESTS] if test else [])


def _particulars(report: MoneyReport | None, message: DeliveryMessage) -> Particulars:
    if report is None:
        return Particulars(test=bool(message.marked))
    respond_by = format_utc(report.respond_by) if report.respond_by else ""
    test = report.test or bool(message.marked)
    return Particulars(report.status, report.reference, respond_by, test=test, inquiry=report.inquiry)
