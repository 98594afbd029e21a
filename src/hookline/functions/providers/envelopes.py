"""Conversion of a delivery message to a bus event. If the message has no payload, the archive has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from hookline.core.providers.contract import BookingRules, Event, Provider
from hookline.core.providers.registry import provider as find_provider
from hookline.core.providers.table import OLD_REFUND
from hookline.core.transactions.booking import as_transaction, books_account, is_booked, is_unbooked
from hookline.core.values.json_pointer import resolve
from hookline.core.values.strict_json import JsonObject, decode
from hookline.core.values.timestamp import parse_rfc3339
from hookline.core.webhooks import delivery_message
from hookline.core.webhooks.delivery_message import DeliveryMessage
from hookline.core.webhooks.provider_event import Times, build_detail, detail_type, source
from hookline.functions.aws.errors import AwsError
from hookline.functions.bus import BusEvent

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

Message: TypeAlias = Mapping[str, Any]

Bodies: TypeAlias = dict[str, JsonObject]

ARCHIVE_CHANGED = "ArchiveChanged"
"""Error code of an event whose body in the archive is not the body that ingestion verified."""


@dataclass(frozen=True)
class Envelope:
    """A bus event with data for the log line.

    Attributes:
        event: the bus event.
        received_at: time of receipt of the delivery.
        unbooked: key of the event if money moved but its amount or currency is unknown. Otherwise, None.
        other_account: whether the event has no transactions because the stack does not book its account.
        old_refund: whether the event is a refund object of an old API version of Stripe, which its charge tells too.
        test: whether the event has no transactions because it is a test event.
    """

    event: BusEvent
    received_at: datetime
    unbooked: str | None
    other_account: bool
    old_refund: bool
    test: bool


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
        made = _transactions(provider, message, payload, received_at, self.rules(message.provider))
        event = BusEvent(
            source=source(message.provider),
            detail_type=detail_type(message.event_type),
            detail=build_detail(message, times, self.bucket, provider.unsigned, made.transactions, made.status),
            time=parse_rfc3339(times.signed_at) if times.signed_at else received_at,
        )
        unbooked = message.key if made.unbooked else None
        return Envelope(event, received_at, unbooked, made.other_account, made.old_refund, made.test)


def _times(attributes: Mapping[str, Mapping[str, str]]) -> Times:
    signed_at = attributes.get("signed_at")
    return Times(attributes["received_at"]["stringValue"], signed_at["stringValue"] if signed_at else None)


@dataclass(frozen=True)
class _Made:
    """The transactions of an event.

    Attributes:
        transactions: the transactions, in the format of a request body for the validator.
        unbooked: whether money moved but its amount or currency is unknown.
        other_account: whether money moved in an account that the stack does not book.
        old_refund: whether the event is a refund object of an old API version of Stripe.
        test: whether nothing is booked because the event is a test event.
        status: the provider's status of the payment, refund or dispute, or empty.
    """

    transactions: list[JsonObject]
    unbooked: bool = False
    other_account: bool = False
    old_refund: bool = False
    test: bool = False
    status: str = ""


def _transactions(
    provider: Provider, message: DeliveryMessage, payload: JsonObject, received_at: datetime, rules: BookingRules
) -> _Made:
    signed_key = message.key.removeprefix(f"{message.provider}:")
    event = Event(message.event_id, message.event_type, message.object_id, payload, signed_key, account=message.account)
    reports = provider.normalise(event, rules)
    if not reports:
        return _Made([])
    status, old_refund = reports[0].status, reports[0].verdict == OLD_REFUND
    moved = [each for each in reports if is_booked(each, rules)]
    unbooked = [each for each in reports if is_unbooked(each, rules)]
    if not (rules.booked and (moved or unbooked)):
        return _Made([], old_refund=old_refund, test=reports[0].test, status=status)
    if not books_account(provider, message.account, rules):
        return _Made([], other_account=True, status=status)
    made = [as_transaction(provider, event, report, received_at) for report in moved]
    transactions = [transaction for transaction in made if transaction is not None]
    return _Made(transactions, unbooked=bool(unbooked), status=status)
