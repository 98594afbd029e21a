"""Functions that list, replace, add and remove the signing secrets of a running stack, and never show a secret."""

from __future__ import annotations

import hmac
import json
import secrets as random
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hookline.errors import UserError
from hookline.local.cloud import error_code
from hookline.operate.secret_forms import require_form
from hookline.operate.target import Target

TRANSACTIONS = "transactions"
"""Name of the group of secrets with which your own services sign requests to the transactions system."""

SALT = "salt"
"""Key of the random text in the value of the AWS secret with which the fingerprints of its secrets are made."""

CHANGED_CODE = "InvalidParameterException"
"""Error code of Secrets Manager if the version that was read is not the current version any more."""

FINGERPRINT_LENGTH = 8
MAX_LIVE = 4
"""Maximum number of live secrets of a provider or of `transactions`. A function may have to try all on a webhook."""


@dataclass(frozen=True)
class Live:
    """The live secrets of one provider or of `transactions`, shown as fingerprints.

    Attributes:
        source: name of a provider, or `transactions`.
        fingerprints: the fingerprint of each secret, newest secret first.
    """

    source: str
    fingerprints: list[str]


def fingerprint(secret: str, salt: str) -> str:
    """Return a short hash of a secret, so that a user can identify the secret without seeing it.

    The hash is an HMAC with a random salt, which only readers of the AWS secret know. So nobody can look up a
    fingerprint in a list of known secrets.
    """
    return hmac.new(salt.encode(), secret.encode(), "sha256").hexdigest()[:FINGERPRINT_LENGTH]


def sources(target: Target) -> list[str]:
    """Return the names for which a stack has signing secrets: `transactions` and the enabled providers."""
    providers: list[str] = target.outputs.get("providers", [])
    return [*([TRANSACTIONS] if target.has_transactions else []), *sorted(providers)]


def live(target: Target) -> list[Live]:
    """Return the live secrets of `transactions` and of each provider, as fingerprints.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if the secrets cannot be read.
    """
    values = {output: _Value.read(target, output) for output in {_output(source) for source in sources(target)}}
    return [values[_output(source)].live(source) for source in sources(target)]


def replace(target: Target, source: str, secret: str, *, force: bool = False) -> Live:
    """Make a secret the only live secret of a provider or of `transactions`.

    Args:
        target: the running stack.
        source: name of a provider, or `transactions`.
        secret: the secret.
        force: True to accept a secret that is short, or that looks like another kind of key.

    Raises:
        UserError: if the stack has no such provider or system, if the secret has the wrong format, or if somebody else
            changed the AWS secret at the same time.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_source(target, source)
    require_form(source, secret, force=force)
    return _Value.read(target, _output(source)).write(target, source, [secret])


def add(target: Target, source: str, secret: str, *, force: bool = False) -> Live:
    """Make a further secret of a provider or of `transactions` live. The older secrets stay live.

    The arguments are those of `replace`.

    Raises:
        UserError: if the stack has no such provider or system, if the secret has the wrong format or is already live,
            if there are already `MAX_LIVE` live secrets, or if somebody else changed the AWS secret at the same time.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if AWS or the emulator rejects a call.
    """
    _require_source(target, source)
    require_form(source, secret, force=force)
    value = _Value.read(target, _output(source))
    before = value.secrets(source)
    if secret in before:
        raise UserError(f"this secret of {source} is already live")
    if len(before) >= MAX_LIVE:
        raise UserError(f"{source} has {len(before)} live secrets: remove one first with `hookline secrets remove`")
    return value.write(target, source, [secret, *before])


def remove(target: Target, source: str, its_fingerprint: str) -> Live:
    """Remove a live secret of a provider or of `transactions`.

    The last secret cannot be removed, because without a secret the functions accept no webhook.

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
    if not left:
        raise UserError(f"{its_fingerprint} is the last live secret of {source}: add another secret first")
    return value.write(target, source, left)


def _output(source: str) -> str:
    return "signing_secret_arn" if source == TRANSACTIONS else "provider_secrets_arn"


def _require_source(target: Target, source: str) -> None:
    if source not in sources(target):
        raise UserError(f"the stack has no secrets of {source}: it has secrets of {', '.join(sources(target))}")


@dataclass(frozen=True)
class _Value:
    """The value of an AWS secret, as one version has it.

    Attributes:
        output: name of the stack output that has the ARN of the AWS secret.
        members: the JSON object: source → secrets, and the salt of the fingerprints.
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

    def secrets(self, source: str) -> list[str]:
        """Return the live secrets of a provider or of `transactions`."""
        return self.members.get(source, [])

    def live(self, source: str) -> Live:
        """Return the live secrets of a provider or of `transactions`, as fingerprints."""
        return Live(source, [fingerprint(secret, self.salt) for secret in self.secrets(source)])

    def write(self, target: Target, source: str, secrets: list[str]) -> Live:
        """Make a new version with other secrets the current one, if the version that was read is still the current one.

        Otherwise a change by another operator would be lost.
        """
        salt = self.members.get(SALT) or random.token_hex(16)
        members = {**self.members, SALT: salt, source: secrets}
        client, arn, value = target.client("secretsmanager"), target.outputs[self.output], json.dumps(members)
        stages = ["AWSCURRENT"] if self.version is None else ["hookline-new"]
        new = client.put_secret_value(SecretId=arn, SecretString=value, VersionStages=stages)["VersionId"]
        if self.version is not None:
            _make_current(client, arn, new, self.version)
        if client.get_secret_value(SecretId=arn)["VersionId"] != new:
            raise UserError("somebody else changed the secrets at the same time: run the command again")
        return Live(source, [fingerprint(secret, salt) for secret in secrets])


def _make_current(client: Any, arn: str, new: str, old: str) -> None:  # noqa: ANN401 - a boto3 client
    try:
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=new, RemoveFromVersionId=old
        )
    except ClientError as error:
        if error_code(error) != CHANGED_CODE:  # the caller reads which version is the current one
            raise
