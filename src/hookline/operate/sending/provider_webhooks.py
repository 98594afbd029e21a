"""Code that makes webhooks in a payment provider's format, signs them with a stack's secrets, and sends them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx

from hookline.core import PROVIDER_NAMES
from hookline.core.providers import contract
from hookline.core.providers.contract import USUAL, BookingRules
from hookline.core.providers.registry import AT_THE_ROOT, ROUTES, path_of, provider, with_own_names
from hookline.core.providers.shopify import TOPIC_HEADER
from hookline.core.sender_mapping import read_mappings
from hookline.core.transactions.booking import rules_for, to_transaction_event
from hookline.core.values.strict_json import decode
from hookline.core.webhooks.delivery_message import archive_key
from hookline.errors import UserError
from hookline.operate.sending.send import Answer, Sender
from hookline.operate.sending.signing import can_sign, sign
from hookline.operate.target import Target


@dataclass(frozen=True)
class Webhook:
    """One signed request of a provider.

    Attributes:
        provider: the provider's name.
        body: the exact bytes of the request.
        headers: the headers that the provider adds, including the signature.
        rules: the rules of the stack for the provider.
        sender: name of the sender whose secret signs the request; empty if the sender has no name.
        route: name of the second endpoint whose header names the request has; empty for the provider's own endpoint.
    """

    provider: str
    body: bytes
    headers: dict[str, str]
    rules: BookingRules = USUAL
    sender: str = ""
    route: str = ""

    @property
    def delivery(self) -> contract.Delivery:
        """The webhook as a `Delivery`, the form in which the code in `hookline.core` takes a body with its headers."""
        headers = with_own_names(provider(self.provider), self.route, self.headers)
        return contract.Delivery(self.body, headers, self.sender)

    @property
    def archive_key(self) -> str:
        """Key under which ingestion stores the body in the archive."""
        return archive_key(self.provider, self.body)

    @property
    def events(self) -> list[contract.Event]:
        """The events that the webhook contains. Only a webhook of Adyen can contain several."""
        settings = contract.Settings(mappings=self.rules.mappings)
        return provider(self.provider).identify(self.delivery, decode(self.body, mend=True), settings)

    @property
    def event_ids(self) -> list[str]:
        """The event ids of the events that the webhook contains."""
        return [event.event_id for event in self.events]

    @property
    def transactions(self) -> dict[str, str]:
        """The transactions that hookline should make from the webhook, as transaction id → transaction type."""
        module, now, found = provider(self.provider), datetime.now(UTC), dict[str, str]()
        for event in self.events:
            for record in module.normalise(event, self.rules):
                transaction = to_transaction_event(module, event, record, now, self.rules)
                if transaction:
                    found[str(transaction["event_id"])] = str(transaction["transaction_type"])
        return found


@dataclass(frozen=True)
class Signer:
    """A signer: it signs webhooks in a provider's place, for samples and tests.

    Attributes:
        name: the provider's name.
        secret: a live secret of the provider.
        square_url: the endpoint's URL as registered at Square. Square includes it in the signed text.
        rsa: function that signs a message for PayPal (RSASSA-PKCS1-v1_5, SHA-256); None if there is no private key.
        rules: the rules of the stack for the provider.
        sender: name of the sender whose secret signs the request; empty if the sender has no name.
    """

    name: str
    secret: str = field(repr=False)
    square_url: str = ""
    rsa: Callable[[bytes], bytes] | None = None
    rules: BookingRules = USUAL
    sender: str = ""

    def sign(self, body: bytes, now: int | None = None, event_id: str | None = None, topic: str = "") -> Webhook:
        """Return a webhook with a body and the provider's signature.

        Args:
            body: a body in JSON. For Adyen, the signatures are put into the body.
            now: time of signing, in Unix seconds; None for the current time.
            event_id: event id for providers that send the event id in a header; None for a new id.
            topic: topic for Shopify; empty for a topic that matches the fields of the body.

        Raises:
            UserError: if the secret has the wrong format for the provider, or if a PayPal signer has no `rsa`.
        """
        if self.name == "paypal" and self.rsa is None:
            raise UserError("PayPal signs with its own private key: sample webhooks of PayPal work in local mode only")
        moment = int(time.time()) if now is None else now
        its_id = f"evt_{uuid.uuid4().hex}" if event_id is None else event_id
        try:
            delivery = sign(self.name, body, self.secret, moment, event_id=its_id, url=self.square_url, rsa=self.rsa)
        except ValueError:
            raise UserError(f"the secret does not have the format of a secret of {self.name}") from None
        headers = {**delivery.headers, **({TOPIC_HEADER: topic} if topic else {})}
        return Webhook(self.name, delivery.body, headers, self.rules, self.sender)


def signer_for(target: Target, name: str) -> Signer:
    """Return a signer for a provider. It signs with the newest live secret that a stack has for the provider.

    Raises:
        UserError: if the stack does not receive the provider's webhooks, or has no secret of the provider.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if the secret cannot be read.
    """
    require_provider(target, name)
    stored = target.secrets("provider_secrets_arn").get(name, {})
    live = {secret: sender for secret, sender in stored.items() if can_sign(name, secret)}
    if not live:
        raise UserError(f"the stack has no secret of {name}: set one with `hookline secrets set {name}`")
    rsa = target.certificate.sign if target.certificate else None
    secret, sender = next(iter(live.items()))
    return Signer(name, secret, target.outputs["square_notification_url"], rsa, _rules(target, name), sender)


def sample_of(target: Target, name: str, kind: str) -> str:
    """Return the name of a provider's sample that becomes a transaction of a given type in a stack.

    The name is the type itself, except for the payment of a stack with manual capture at Adyen: there, Adyen's sample
    `capture` becomes the payment.
    """
    return "capture" if kind == "payment" and _captures_by_hand(target, name) else kind


def _rules(target: Target, name: str) -> BookingRules:
    of = target.outputs
    book_paypal, accounts = of.get("book_paypal", True), of.get("booked_accounts", {})
    return rules_for(
        name,
        adyen_capture=of["adyen_capture"],
        book_paypal=book_paypal,
        accounts=accounts,
        reference_fields=of.get("reference_fields", {}),
        stripe_basil_since=of.get("stripe_basil_since", ""),
        tests=of.get("book_test_events", False),
        mappings=read_mappings(of.get("standard_webhooks", {})),
    )


def _captures_by_hand(target: Target, name: str) -> bool:
    return name == "adyen" and target.outputs["adyen_capture"] == "manual"


def require_provider(target: Target, name: str) -> None:
    """Raise `UserError` if a stack does not receive the webhooks of a provider."""
    if name not in PROVIDER_NAMES:
        raise UserError(f"there is no provider {name}: choose from {', '.join(sorted(PROVIDER_NAMES))}")
    enabled: list[str] = target.outputs.get("providers", [])
    if name not in enabled:
        raise UserError(f"the stack receives no webhooks of {name}: its providers are {', '.join(enabled) or 'none'}")


def endpoint(target: Target, name: str) -> str:
    """Return the URL to which a provider sends its webhooks for a stack, or of a second endpoint with this name."""
    base: str = target.outputs["api_endpoint"]
    return base.removesuffix(path_of(AT_THE_ROOT)) + path_of(name)


def for_route(webhook: Webhook, route: str) -> Webhook:
    """Return a webhook with the header names of a second endpoint of its provider.

    Args:
        webhook: the webhook, for the provider's own endpoint.
        route: name of the endpoint, which `endpoint` also takes instead of the provider's name.

    Raises:
        UserError: if the provider has no such endpoint.
    """
    found = next((each for each in provider(webhook.provider).routes if each.name == route), None)
    if found is None:
        raise UserError(f"{webhook.provider} has no endpoint for the headers of {route}: only {ROUTES[route]} has it")
    names = {own: name for name, own in found.headers.items()}
    headers = {names.get(name, name): value for name, value in webhook.headers.items()}
    return replace(webhook, headers=headers, route=route)


def send(webhook: Webhook, url: str, client: httpx.Client) -> Answer:
    """Send a webhook with POST. Return the answer, which has the status 0 if the endpoint is unreachable."""
    return Sender(url, None, client).send(webhook.body, webhook.headers)
