"""Functions that list, replace, add and remove the signing secrets of a running stack, and never show a secret."""

from __future__ import annotations

import json
import secrets as random
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hookline.core import senders
from hookline.core.signatures.fingerprint import SALT, fingerprint
from hookline.core.signatures.standard_webhooks_key import same_key
from hookline.errors import UserError
from hookline.local.cloud import error_code
from hookline.operate.secret_forms import require_form
from hookline.operate.sending.signing import can_sign
from hookline.operate.target import Target

TRANSACTIONS = "transactions"
"""Name of the group of secrets with which your own services sign requests to the transactions system."""

CHANGED_CODE = "InvalidParameterException"
"""Error code of Secrets Manager if the version that was read is not the current version any more."""

MAX_LIVE = 4
"""Maximum number of live secrets of a provider or sender. A function may have to try all on a webhook."""


@dataclass(frozen=True)
class Live:
    """The live secrets of one provider, of `transactions` or of a named sender, shown as fingerprints.

    Attributes:
        source: name of a provider, or `transactions`. The source of a named sender is `transactions/NAME` or
            `standard_webhooks/NAME`.
        fingerprints: the fingerprint of each secret, newest secret first.
        older: only after `add`: the fingerprints of the secrets that the new secret can replace. HMAC keys and HTTP
            basic credentials of Adyen do not replace each other.
    """

    source: str
    fingerprints: list[str]
    older: tuple[str, ...] = ()


def sources(target: Target) -> list[str]:
    """Return the names for which a stack has signing secrets: `transactions` and the enabled providers.

    The sources of named senders are not in the list.
    """
    providers: list[str] = target.outputs.get("providers", [])
    return [*([TRANSACTIONS] if target.has_transactions else []), *sorted(providers)]


def live(target: Target) -> list[Live]:
    """Return the live secrets of `transactions`, of each provider and of each named sender, as fingerprints.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if the secrets cannot be read.
    """
    values = {output: _Value.read(target, output) for output in {_output(source) for source in sources(target)}}
    return [each for source in sources(target) for each in values[_output(source)].all_live(source)]


def replace(target: Target, source: str, secret: str, *, force: bool = False) -> Live:
    """Make a secret the only live secret of a source. HTTP basic credentials and HMAC keys of Adyen keep each other.

    Args:
        target: the running stack.
        source: see `Live`. A sender with a new name is added.
        secret: the secret.
        force: True to accept a secret that is short, or that looks like another kind of key.

    Raises:
        UserError: if the stack has no such provider or system, if the secret has the wrong format, or if somebody else
            changed the AWS secret at the same time.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_source(target, source)
    require_form(source, secret, force=force)
    value = _Value.read(target, _output(source))
    value.require_no_other_sender(source, secret)
    return value.write(target, source, [secret, *value.of_other_kind(source, secret)])


def add(target: Target, source: str, secret: str, *, force: bool = False) -> Live:
    """Make a further secret of a source live. The older secrets stay live.

    The arguments are those of `replace`.

    Raises:
        UserError: if the stack has no such provider or system, if the secret has the wrong format or is already live,
            if there are already `MAX_LIVE` live secrets, or if somebody else changed the AWS secret at the same time.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_source(target, source)
    require_form(source, secret, force=force)
    value = _Value.read(target, _output(source))
    value.require_no_other_sender(source, secret)
    before = value.secrets(source)
    if any(same_key(secret, each) for each in before):
        raise UserError(f"this secret of {source} is already live")
    if len(before) >= MAX_LIVE:
        raise UserError(f"{source} has {len(before)} live secrets: remove one first with `hookline secrets remove`")
    now = value.write(target, source, [secret, *before])
    kept = value.of_other_kind(source, secret)
    older = [mark for each, mark in zip(before, now.fingerprints[1:], strict=True) if each not in kept]
    return Live(source, now.fingerprints, tuple(older))


def remove(target: Target, source: str, its_fingerprint: str) -> Live:
    """Remove a live secret of a source. A named sender keeps its name without a secret, so that its ids stay its own.

    The last secret of an endpoint cannot be removed, because without a secret the functions accept no webhook. Nor can
    the last HMAC key of Adyen, because HTTP basic credentials alone verify no payment.

    Raises:
        UserError: if the stack has no such provider, system or secret, if the secret is the last one, or if somebody
            else changed the AWS secret at the same time.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_source(target, source)
    value = _Value.read(target, _output(source))
    before = value.secrets(source)
    left = [secret for secret in before if fingerprint(secret, value.salt) != its_fingerprint]
    if len(left) == len(before):
        known = ", ".join(value.live(source).fingerprints) or "none"
        raise UserError(f"{source} has no live secret {its_fingerprint}: the live secrets are {known}")
    signed = any(can_sign(source, secret) for secret in before)
    signs = any(can_sign(source, secret) for secret in left)
    if not signs and (signed or not left) and not value.has_others(source):
        raise UserError(f"{its_fingerprint} is the last live secret of {source}: add another secret first")
    return value.write(target, source, left)


_SLASH = "/"


def _output(source: str) -> str:
    return "signing_secret_arn" if source.partition(_SLASH)[0] == TRANSACTIONS else "provider_secrets_arn"


def _require_source(target: Target, source: str) -> None:
    name, slash, sender = source.partition(_SLASH)
    if name not in sources(target):
        raise UserError(f"the stack has no secrets of {name}: it has secrets of {', '.join(sources(target))}")
    if slash and name not in senders.SOURCES:
        raise UserError(f"{name} has no named senders: only {' and '.join(senders.SOURCES)} have")
    if slash and not senders.is_name(sender):
        raise UserError(
            f"{sender!r} cannot be the name of a sender: a name has 1 to {senders.MAX_NAME_LENGTH} of a-z, 0-9, - and "
            f"_, and is not {senders.OWN}, the name of a provider or a transaction type"
        )


@dataclass(frozen=True)
class _Value:
    """The value of an AWS secret, as one version has it.

    Attributes:
        output: name of the stack output that has the ARN of the AWS secret.
        members: the JSON object: name → secrets or name → sender → secrets, and the salt of the fingerprints.
        version: id of the version; None if the AWS secret has no value yet.
        salt: the salt of the fingerprints. Before the first write it is the ARN, which is no secret.
    """

    output: str
    members: dict[str, Any]
    version: str | None
    salt: str

    @classmethod
    def read(cls, target: Target, output: str) -> _Value:
        """Return the current value of an AWS secret."""
        members, version = target.secret_version(output)
        return cls(output, members, version, members.get(SALT) or target.outputs[output])

    def by_sender(self, name: str) -> dict[str, list[str]]:
        """Return name of a sender → secrets, of a provider or of `transactions`. The name is empty without senders."""
        held: list[str] | dict[str, list[str]] = self.members.get(name, [])
        return held if isinstance(held, dict) else {senders.UNNAMED: held}

    def secrets(self, source: str) -> list[str]:
        """Return the live secrets of a source."""
        name, _, sender = source.partition(_SLASH)
        return self.by_sender(name).get(sender, [])

    def of_other_kind(self, source: str, secret: str) -> list[str]:
        """Return the live secrets of a source that a secret cannot replace: credentials, or signing secrets."""
        return [each for each in self.secrets(source) if can_sign(source, each) != can_sign(source, secret)]

    def require_no_other_sender(self, source: str, secret: str) -> None:
        """Raise `UserError` if the secret belongs to another sender, because it could not tell the senders apart."""
        name, _, sender = source.partition(_SLASH)
        for other, secrets in self.by_sender(name).items():
            if other != sender and any(same_key(secret, each) for each in secrets):
                raise UserError(f"this secret already belongs to {_source(name, other)}: each sender needs its own")

    def has_others(self, source: str) -> bool:
        """Return whether another sender of the same provider, or of `transactions`, has a live secret."""
        name, _, sender = source.partition(_SLASH)
        return any(secrets for other, secrets in self.by_sender(name).items() if other != sender)

    def all_live(self, name: str) -> list[Live]:
        """Return the live secrets of a provider or of `transactions`, and of each of its senders, as fingerprints."""
        return [self.live(_source(name, sender)) for sender in self.by_sender(name)]

    def live(self, source: str) -> Live:
        """Return the live secrets of a source, as fingerprints."""
        return Live(source, [fingerprint(secret, self.salt) for secret in self.secrets(source)])

    def write(self, target: Target, source: str, secrets: list[str]) -> Live:
        """Make a new version with other secrets the current one, if the version that was read is still the current one.

        Otherwise a change by another operator would be lost.
        """
        salt = self.members.get(SALT) or random.token_hex(16)
        name, _, sender = source.partition(_SLASH)
        changed = {**self.by_sender(name), sender: secrets}
        kept = {each: its for each, its in changed.items() if its or each != senders.UNNAMED}
        held = secrets if changed.keys() == {senders.UNNAMED} else kept
        members = {**self.members, SALT: salt, name: held}
        client, arn, value = target.client("secretsmanager"), target.outputs[self.output], json.dumps(members)
        stages = ["AWSCURRENT"] if self.version is None else ["hookline-new"]
        new = client.put_secret_value(SecretId=arn, SecretString=value, VersionStages=stages)["VersionId"]
        if self.version is not None:
            _make_current(client, arn, new, self.version)
        if client.get_secret_value(SecretId=arn)["VersionId"] != new:
            raise UserError("somebody else changed the secrets at the same time: run the command again")
        return Live(source, [fingerprint(secret, salt) for secret in secrets])


def _source(name: str, sender: str) -> str:
    return f"{name}{_SLASH}{sender}" if sender else name


def _make_current(client: Any, arn: str, new: str, old: str) -> None:  # noqa: ANN401 - a boto3 client
    try:
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=new, RemoveFromVersionId=old
        )
    except ClientError as error:
        if error_code(error) != CHANGED_CODE:  # the caller reads which version is the current one
            raise
