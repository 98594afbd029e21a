"""Genuine deliveries of every provider, made from the samples, and a function that verifies them."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from support.providers.certificates import authority, webhook_certificate
from support.providers.known import KNOWN
from support.records import changed

import hookline
from hookline.core import PROVIDER_NAMES
from hookline.core.errors import Rejected
from hookline.core.providers.contract import USUAL, BookingRules, Delivery, Event, MoneyReport, Settings, Verified
from hookline.core.providers.registry import provider
from hookline.core.signatures.hmac_body import BASE64, mac
from hookline.core.signatures.refusal import SignatureRefused
from hookline.core.transactions.booking import to_transaction_event
from hookline.core.values.strict_json import decode
from hookline.operate.sending.signing import sign

SAMPLES = Path(hookline.__file__).parent / "samples"
NAMES = sorted(PROVIDER_NAMES)
NOW = 1_795_251_700
RECEIVED_AT = datetime.fromtimestamp(NOW, UTC)
URL = "https://hooks.example.com/webhook/square"
EVENT_ID = "evt-0001"

SECRETS = {name: known.secret for name, known in KNOWN.items()}
OTHER_SECRETS = {
    **{name: f"other-{secret}" for name, secret in SECRETS.items()},
    "adyen": "74F490DD33F7327BAECC88B2947C011FC02D014A473AAA33A8EC93E4DC069174",
    "standard_webhooks": "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v",
}


class Fetched(NamedTuple):
    """A fake source of PayPal's certificates, which records the requested URLs."""

    addresses: list[str]
    pem: bytes

    def __call__(self) -> "Fetched":
        """Return this source."""
        return self

    def find(self, url: str) -> bytes:
        """Return the certificates."""
        self.addresses.append(url)
        return self.pem

    def kept(self, url: str) -> None:
        """Return None, because there is only one certificate."""

    def keep(self, url: str, pem: bytes) -> None:
        """Check that only certificates are kept that were asked for."""
        assert (url, pem) == (self.addresses[-1], self.pem)


@cache
def _certificates() -> tuple[bytes, str]:
    leaf = webhook_certificate()
    return leaf.pem, authority().pem.decode()


def settings(**changes: Any) -> Settings:
    """Return the settings for verification; PayPal's authority is the authority of the tests."""
    pem, trusted = _certificates()
    return changed(Settings(URL, Fetched([], pem), trusted), **changes)


def sample(name: str, kind: str = "payment") -> bytes:
    """Return a sample's bytes."""
    return (SAMPLES / name / f"{kind}.json").read_bytes()


def signed(
    name: str, body: bytes | None = None, *, now: int = NOW, secret: str = "", event_id: str = EVENT_ID
) -> Delivery:
    """Return the delivery that the provider would make of a body, or of its sample payment."""
    content = sample(name) if body is None else body
    rsa = webhook_certificate().sign
    return sign(name, content, secret or SECRETS[name], now, event_id=event_id, url=URL, rsa=rsa)


def unreadable(name: str, *, now: int = NOW) -> Delivery:
    """Return a genuine delivery of the sample payment whose body has a key twice, so hookline cannot read it."""
    if name == "adyen":  # the signatures are inside the body, and cover neither of the keys
        delivery = signed(name, now=now)
        return changed(delivery, body=_with_a_key_twice(delivery.body))
    body = _with_a_key_twice(sample(name))
    if name == "shopify":  # the signer reads the topic from the body, which it must be able to read
        signature = mac(SECRETS[name].encode(), body, BASE64).decode()
        return with_header(changed(signed(name, now=now), body=body), "x-shopify-hmac-sha256", signature)
    return signed(name, body, now=now)


def _with_a_key_twice(body: bytes) -> bytes:
    return body.rstrip()[:-1] + b',"twice":1,"twice":2}'


def judge(
    name: str, delivery: Delivery, secrets: Any = None, now: int = NOW, given: Settings | None = None
) -> Verified | str | Rejected:
    """Return the result of verification: the verdict, the reason of the rejection, or a `Rejected`.

    A body whose signatures are genuine, but which the strict decoder rejects, gives a `Rejected`: it is never booked.
    """
    known = [SECRETS[name]] if secrets is None else secrets
    try:
        verified = provider(name).verify(delivery, known, now, settings() if given is None else given)
    except SignatureRefused as refused:
        return refused.reason
    except Rejected as rejected:
        return rejected
    return verified.refused or verified


def is_genuine(verdict: Verified | str | Rejected) -> bool:
    """Return whether verification accepted a delivery; a `Rejected` must have a 4xx status."""
    if isinstance(verdict, Rejected):
        assert 400 <= verdict.status < 500
    return isinstance(verdict, Verified)


def events(name: str, delivery: Delivery) -> list[Event]:
    """Return the events of a delivery."""
    return provider(name).identify(delivery, decode(delivery.body), settings())


def records(name: str, delivery: Delivery, rules: BookingRules = USUAL) -> list[MoneyReport]:
    """Return all records of a delivery."""
    return [record for event in events(name, delivery) for record in provider(name).normalise(event, rules)]


def with_header(delivery: Delivery, header: str, value: str) -> Delivery:
    """Return the delivery with a changed header."""
    return changed(delivery, headers={**delivery.headers, header: value})


def without_header(delivery: Delivery, header: str) -> Delivery:
    """Return the delivery without a header."""
    return changed(delivery, headers={key: value for key, value in delivery.headers.items() if key != header})


def edited(name: str, kind: str = "payment") -> Any:
    """Return a sample's payload for changes."""
    return json.loads(sample(name, kind))


def sent(name: str, payload: Any) -> Delivery:
    """Return a payload as a genuine delivery."""
    return signed(name, json.dumps(payload).encode())


def booked(name: str, delivery: Delivery, rules: BookingRules = USUAL) -> list[Any]:
    """Return the transactions that a delivery becomes."""
    made = [
        to_transaction_event(provider(name), event, record, RECEIVED_AT, rules)
        for event in events(name, delivery)
        for record in provider(name).normalise(event, rules)
    ]
    return [transaction for transaction in made if transaction is not None]
