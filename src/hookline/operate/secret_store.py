"""Functions that list, replace, add and remove the signing secrets of a running stack, and never show a secret."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from hookline.core.providers.registry import AT_THE_ROOT
from hookline.errors import UserError
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer
from hookline.operate.target import Target

TRANSACTIONS = "transactions"
"""Name of the group of secrets with which your own services sign requests to the transactions system."""

FINGERPRINT_LENGTH = 8
MAX_LIVE = 4
"""Maximum number of live secrets of a provider or of `transactions`. A function may have to try all on a webhook."""


@dataclass(frozen=True)
class Live:
    """The live secrets of one provider or of `transactions`, shown as fingerprints.

    Attributes:
        source: name of a provider, or `transactions`.
        fingerprints: the first characters of each secret's SHA-256 in hexadecimal, newest secret first.
    """

    source: str
    fingerprints: list[str]


def fingerprint(secret: str) -> str:
    """Return the first characters of a secret's SHA-256, so that a user can identify the secret without seeing it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:FINGERPRINT_LENGTH]


def sources(target: Target) -> list[str]:
    """Return the names for which a stack has signing secrets: `transactions` and the enabled providers."""
    providers: list[str] = target.outputs.get("providers", [])
    return [*([TRANSACTIONS] if target.has_transactions else []), *sorted(providers)]


def live(target: Target) -> list[Live]:
    """Return the live secrets of `transactions` and of each provider, as fingerprints.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if the secrets cannot be read.
    """
    values = {output: target.secrets(output) for output in {_output(source) for source in sources(target)}}
    return [
        Live(source, [fingerprint(secret) for secret in values[_output(source)].get(source, [])])
        for source in sources(target)
    ]


def replace(target: Target, source: str, secret: str) -> Live:
    """Make a secret the only live secret of a provider or of `transactions`.

    Raises:
        UserError: if the stack has no such provider or system, or if the secret has the wrong format.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_form(target, source, secret)
    return _write(target, source, [secret])


def add(target: Target, source: str, secret: str) -> Live:
    """Make a further secret of a provider or of `transactions` live. The older secrets stay live.

    Raises:
        UserError: if the stack has no such provider or system, if the secret has the wrong format or is already live,
            or if there are already `MAX_LIVE` live secrets.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_form(target, source, secret)
    before = _read(target, source)
    if secret in before:
        raise UserError(f"this secret of {source} is already live")
    if len(before) >= MAX_LIVE:
        raise UserError(f"{source} has {len(before)} live secrets: remove one first with `hookline secrets remove`")
    return _write(target, source, [secret, *before])


def remove(target: Target, source: str, its_fingerprint: str) -> Live:
    """Remove a live secret of a provider or of `transactions`.

    The last secret cannot be removed, because without a secret the functions accept no webhook.

    Raises:
        UserError: if the stack has no such provider, system or secret, or if the secret is the last one.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_source(target, source)
    before = _read(target, source)
    left = [secret for secret in before if fingerprint(secret) != its_fingerprint]
    if len(left) == len(before):
        known = ", ".join(map(fingerprint, before)) or "none"
        raise UserError(f"{source} has no live secret {its_fingerprint}: the live secrets are {known}")
    if not left:
        raise UserError(f"{its_fingerprint} is the last live secret of {source}: add another secret first")
    return _write(target, source, left)


def _output(source: str) -> str:
    return "signing_secret_arn" if source == TRANSACTIONS else "provider_secrets_arn"


def _require_source(target: Target, source: str) -> None:
    if source not in sources(target):
        raise UserError(f"the stack has no secrets of {source}: it has secrets of {', '.join(sources(target))}")


def _require_form(target: Target, source: str, secret: str) -> None:
    """Raise `UserError` if a secret has the wrong format. The check signs a sample with the secret."""
    _require_source(target, source)
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UserError(f"a secret of {source} must be printable ASCII without spaces")
    name = AT_THE_ROOT if source == TRANSACTIONS else source
    Signer(name, secret, rsa=lambda message: message).sign(samples.read(name, "payment"))


def _read(target: Target, source: str) -> list[str]:
    return target.secrets(_output(source)).get(source, [])


def _write(target: Target, source: str, secrets: list[str]) -> Live:
    output = _output(source)
    value = {**target.secrets(output), source: secrets}
    target.client("secretsmanager").put_secret_value(SecretId=target.outputs[output], SecretString=json.dumps(value))
    return Live(source, [fingerprint(secret) for secret in secrets])
