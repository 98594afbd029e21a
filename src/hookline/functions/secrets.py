"""Signing secrets from Secrets Manager, with a cache and a minimum time between reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.core.errors import Rejected
from hookline.core.values.strict_json import JsonObject, decode
from hookline.functions.aws.errors import AwsError
from hookline.functions.unavailable import Unavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager.client import SecretsManagerClient

CACHE_SECONDS = 300
"""Lifetime of a cached value in seconds.

After this time, hookline does not accept a removed secret any more, unless Secrets Manager cannot be read.
"""

MIN_SECONDS_BETWEEN_READS = 5
"""Minimum time in seconds between two reads from Secrets Manager."""

MIN_SECONDS_BETWEEN_REFRESHES = 60
"""Minimum time in seconds between two reads because of wrong signatures, which anybody can send."""

_NO_VALUE_CODES = ("ResourceNotFoundException", "InvalidRequestException")


class SecretValue:
    """The cached value of a secret in Secrets Manager: a JSON object of source → list of live secrets.

    A source is ``transactions`` or the name of a provider. If the value is missing or malformed, there are no live
    secrets, and hookline rejects every signature. If Secrets Manager is unavailable, the last value stays in use.
    """

    def __init__(self, client: SecretsManagerClient, arn: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Create an empty cache. The secret is read at the first use.

        Args:
            client: Secrets Manager client.
            arn: ARN of the secret.
            monotonic: returns the monotonic time in seconds.
        """
        self._client = client
        self._arn = arn
        self._monotonic = monotonic
        self._value: JsonObject | None = None
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._refreshed_at = float("-inf")
        self._outage = ""

    def live(self, source: str) -> list[str]:
        """Return the live secrets of a source, from the cache if it is newer than ``CACHE_SECONDS``.

        Raises:
            Unavailable: when the value was never read and cannot be read now.
        """
        if self._value is None or self._monotonic() - self._read_at >= CACHE_SECONDS:
            self._read()
        if self._value is None:
            raise Unavailable(self._outage)
        secrets = self._value.get(source)
        return [secret for secret in secrets if isinstance(secret, str)] if isinstance(secrets, list) else []

    def refresh(self) -> bool:
        """Read the secret again, because a sender possibly signs with a secret that is newer than the cache.

        Returns:
            Whether the value was read. False when the last refresh was less than ``MIN_SECONDS_BETWEEN_REFRESHES`` ago,
            when the last read was less than ``MIN_SECONDS_BETWEEN_READS`` ago, or when Secrets Manager is unavailable.
        """
        now = self._monotonic()
        if now - self._refreshed_at < MIN_SECONDS_BETWEEN_REFRESHES:
            return False
        done = self._read()
        if done:
            self._refreshed_at = now
        return done

    def _read(self) -> bool:
        now = self._monotonic()
        if now - self._tried_at < MIN_SECONDS_BETWEEN_READS:
            return False
        try:
            value = self._client.get_secret_value(SecretId=self._arn).get("SecretString", "")
        except AwsError as error:
            self._outage = error.code
            if self._outage not in _NO_VALUE_CODES:
                return False
            value = ""
        finally:  # the minimum time begins at the end of the read, so that not every request waits for a slow read
            self._tried_at = self._monotonic()
        self._value = _decode(value)
        self._read_at = now
        return True


@dataclass(frozen=True)
class SigningSecrets:
    """The live secrets of one source.

    Attributes:
        value: the cached secret with the live secrets of all sources.
        source: key of the source in ``value``.
    """

    value: SecretValue
    source: str

    def live(self) -> list[str]:
        """Return the live secrets of the source, or raise ``Unavailable`` if they cannot be read."""
        return self.value.live(self.source)

    def refresh(self) -> bool:
        """Read the live secrets again, and return whether this succeeded. See ``SecretValue.refresh``."""
        return self.value.refresh()


def _decode(value: str) -> JsonObject:
    try:
        return decode(value.encode("utf-8", "surrogatepass"))
    except Rejected:
        return {}
