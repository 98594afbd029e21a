"""The types that all providers share: deliveries, events, money reports and the description of a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hookline.core.errors import Rejected
from hookline.core.providers.table import Table
from hookline.core.values.strict_json import JsonObject

if TYPE_CHECKING:
    from hookline.core.sender_mapping import SenderMapping

TEST_MARK = "test"
"""The mark of a test event that the provider does not sign."""

TOLERANCE_SECONDS = 300
"""Maximum difference in seconds between a signature's time and hookline's clock. A provider can have its own limit."""


@dataclass(frozen=True)
class Delivery:
    """One HTTP request of a provider.

    Attributes:
        body: the exact bytes of the request body.
        headers: header name in lower case → value. hookline rejects requests with several values of a required header.
        sender: name of the sender whose secret verified the delivery, or empty. Only Standard Webhooks has senders
            with names.
    """

    body: bytes
    headers: Mapping[str, str]
    sender: str = ""


class CertificateSource(Protocol):
    """The source of PayPal's certificates. It must not follow redirects, and should cache the certificates."""

    def find(self, url: str) -> bytes:
        """Return the PEM certificates at a URL of PayPal. Raise ``SignatureRefused`` if there are none."""
        ...

    def kept(self, url: str) -> bytes | None:
        """Return PEM certificates that verified an earlier delivery, if ``find`` returned others that have not yet."""
        ...

    def keep(self, url: str, pem: bytes) -> None:
        """Keep certificates that have verified the signature of a delivery."""
        ...


@dataclass(frozen=True)
class Settings:
    """Values that only some providers need to verify signatures.

    Attributes:
        url: Square: the notification URL exactly as registered with Square.
        certificates: PayPal: a function that returns the source of certificates, which ``verify`` calls only with a
            URL of PayPal.
        paypal_environment: PayPal: ``live`` or ``sandbox``, or empty to accept certificates of both environments.
        shopify_topics: Shopify: the topics to publish, or empty for all topics whose bodies hookline knows.
        adyen_unsigned_types: Adyen: the event types that need no signature if the delivery has the right HTTP basic
            credentials.
        mappings: Standard Webhooks: name of a sender → mapping of its events, or None.
        trusted: PayPal: PEM text of trusted certificates that replace hookline's own list, or None to use that list.
    """

    url: str = ""
    certificates: Callable[[], CertificateSource] | None = None
    trusted: str | None = None
    paypal_environment: str = ""
    shopify_topics: tuple[str, ...] = ()
    adyen_unsigned_types: tuple[str, ...] = ()
    mappings: Mapping[str, SenderMapping] | None = None


@dataclass(frozen=True)
class Verified:
    """The result of a successful signature verification.

    Attributes:
        signed_at: time of the signature, or None when the provider does not sign a time.
        secrets: the live secrets that verified the delivery. Only the events of an Adyen delivery can have several.
        payload: the decoded body if the provider's signature is inside the body. Otherwise, None.
        refused: why the strict decoder rejects the body, if the signature is inside the body. Then ``payload`` is the
            result of the lenient decoder. None if the strict decoder accepts the body.
    """

    signed_at: datetime | None
    secrets: tuple[str, ...]
    payload: JsonObject | None = None
    refused: Rejected | None = None


@dataclass(frozen=True)
class Event:
    """One event of a delivery.

    Attributes:
        event_id: the provider's id of the event, or an id that hookline derived.
        event_type: the provider's name of the event type.
        object_id: id of the business object. The events of an object must stay in order.
        payload: the decoded event. If the delivery has several events, this is only the part with this event.
        signed_key: text made from signed data only, which identifies the event among the provider's events. It has 1
            to 256 printable ASCII characters.
        alias: a second text that identifies the event, or None. An event is a duplicate if the table
            ``provider-webhooks`` has a record key with its signed key or its alias.
        withheld: whether ingestion archives the event, but does not publish it.
        unsigned: whether nobody signed the event, and the delivery had the right HTTP basic credentials instead. Such
            an event is always withheld, and its signed key is made from its whole content.
        account: the account at the provider that the event is about, or empty. For Standard Webhooks, it is the name of
            the sender.
        api_version: version of the provider's API in which the event is written, or empty.
        marked: ``TEST_MARK`` if a mark that the provider does not sign says that the event is a test. Otherwise, empty.
    """

    event_id: str
    event_type: str
    object_id: str
    payload: JsonObject
    signed_key: str
    alias: str | None = None
    withheld: bool = False
    account: str = ""
    api_version: str = ""
    marked: str = ""
    unsigned: bool = False


@dataclass(frozen=True)
class MoneyReport:
    """The money data of an event, in the same format for every provider.

    Several events can report the same payment, refund or dispute, which must become one transaction. So ``fact``,
    ``object_id``, ``occurred_at`` and ``booked_type`` must be the same in the money reports of all these events.

    Attributes:
        event_id: id of the event.
        transaction_type: payment, refund or dispute. Empty for an unknown event type.
        verdict: the verdict of the provider's table: the event is booked, or the reason why not, or an outcome.
        status: the provider's status of the payment, refund or dispute, or empty.
        amount: in minor units of ISO 4217 (KWD has 3 decimal places, JPY has none), not negative, or None when unknown.
        currency: active ISO 4217 code in upper case, or None when unknown.
        timestamp: time of the event according to the provider, in UTC, or None when unknown.
        object_id: the provider's id of the payment, refund or dispute.
        fact: the transaction id without the provider's name, made from signed data. None to use the event id.
        occurred_at: timestamp of the transaction, or None to use ``timestamp``.
        booked_type: event type in the metadata of the transaction, or None to use the event's own type.
        test: whether the provider marks the event as a test, without real money.
        payment_id: the provider's id of the payment that a refund or dispute belongs to, or empty.
        inquiry: whether a dispute is only an inquiry, which possibly ends without any movement of money.
        reference: the merchant's own reference, such as an order number, or empty.
        changing: ``reference`` or ``inquiry`` if another event that tells the same fact can say it differently. Then it
            is not in the transaction.
        respond_by: until when a dispute can be answered with evidence, or None.
    """

    event_id: str
    transaction_type: str
    verdict: str
    status: str
    amount: int | None
    currency: str | None
    timestamp: datetime | None
    object_id: str
    fact: str | None = None
    occurred_at: datetime | None = None
    booked_type: str | None = None
    test: bool = False
    payment_id: str = ""
    inquiry: bool = False
    reference: str = ""
    changing: str = ""
    respond_by: datetime | None = None


@dataclass(frozen=True)
class BookingRules:
    """The rules of a stack for one provider: which of its events become transactions.

    Attributes:
        booked: whether events of the provider become transactions.
        captures: whether the capture of a payment is booked instead of its authorisation, for Adyen accounts with
            manual capture.
        accounts: the accounts whose events become transactions: their ids, ``own`` and ``*``. None for all accounts,
            but not the connected accounts of Stripe, because their money belongs to other companies.
        tests: whether test events become transactions, which are then marked as tests.
        basil_since: when the endpoint at Stripe got an API version from 2025-03-31 on, or None if it always had one.
        reference_field: key of the merchant's reference in Stripe's ``metadata`` or Razorpay's ``notes``, or empty.
        mappings: name of a sender of Standard Webhooks → mapping of its events, or None.
    """

    booked: bool = True
    captures: bool = False
    accounts: tuple[str, ...] | None = None
    tests: bool = False
    basil_since: datetime | None = None
    reference_field: str = ""
    mappings: Mapping[str, SenderMapping] | None = None


USUAL = BookingRules()

Verify: TypeAlias = Callable[[Delivery, Iterable[str], int, Settings], Verified]
"""The type of ``Provider.verify``, with the parameters delivery, live secrets, Unix time and settings."""


@dataclass(frozen=True)
class FurtherRoute:
    """A second endpoint of a provider, for senders that use other header names. Everything else is the same.

    Attributes:
        name: last part of the URL path: ``/webhook/{name}``.
        headers: the headers that a request must have: header name in lower case → name at the provider's own endpoint.
    """

    name: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Provider:
    """The description of a provider. Each provider's module ends with the constant ``PROVIDER`` of this type.

    Attributes:
        name: name of the provider in URL paths, secrets, settings and ids.
        required_headers: API Gateway rejects a request without these headers.
        retry_horizon: how long the provider retries an event without a 2xx answer.
        signs_time: whether the signature covers the time of the delivery.
        table: what hookline does with each event type and status.
        families: starts of event types that can move money. An unknown event type of a family is counted.
        verify: verifies the signature. It raises ``SignatureRefused`` with the reason if the signature is not genuine.
            One matching secret is enough. ``verify`` reads the secrets only if the headers have the right format. If
            the signature is in the body, ``verify`` can raise ``Rejected`` (400 ``malformed_json``). It accepts a body
            that the strict decoder rejects, if all signatures in it are genuine.
        identify: lists the events of a verified delivery, from its decoded body and the settings. It raises
            ``Rejected`` (400 or 422) when the body is not an event of this provider.
        normalise: returns the money reports of an event, by the rules of the stack. The list is empty if the event is
            not about money.
        is_usable: returns whether a text can be a secret of the provider. Another text never verifies a signature.
        unsigned: the fields of the bus event whose values the provider does not sign, such as ``event_type``.
        account_is_foreign: whether an event with an account is about the money of another company.
        lowest_version: the lowest API version whose events hookline books without doubt, or empty if the events do not
            say their version.
        identifying_headers: the headers, in lower case, that ``identify`` reads.
        signed_key: returns the signed key of the only event, if signed headers alone make it. Then the provider always
            sends the same body with it. A retry of a Standard Webhooks sender has the same bytes ("Idempotency" in the
            Standard Webhooks specification). PayPal signs the transmission id together with a checksum (CRC-32) of the
            body, so only a forger sends another body with the same transmission id. None for other providers.
        signed_texts: returns the text that is signed of each event, if the signature is inside the body. None if the
            signature covers the exact bytes of the body.
        routes: the provider's endpoints beside its own.
    """

    name: str
    required_headers: tuple[str, ...]
    retry_horizon: timedelta
    signs_time: bool
    table: Table
    families: tuple[str, ...]
    verify: Verify
    identify: Callable[[Delivery, JsonObject, Settings], list[Event]]
    normalise: Callable[[Event, BookingRules], list[MoneyReport]]
    is_usable: Callable[[str], bool]
    unsigned: tuple[str, ...] = ()
    account_is_foreign: bool = False
    lowest_version: str = ""
    identifying_headers: tuple[str, ...] = ()
    signed_key: Callable[[Delivery], str] | None = None
    signed_texts: Callable[[JsonObject], list[bytes]] | None = None
    routes: tuple[FurtherRoute, ...] = ()
