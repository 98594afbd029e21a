"""Signing secrets from Secrets Manager, with a cache and a minimum time between reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.core.errors import Rejected
from hookline.core.senders import UNNAMED, names_of, senders_of, unreadable_in
from hookline.core.signatures.fingerprint import SALT, fingerprint
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

    A source is ``transactions`` or the name of a provider. A source in ``senders.SOURCES`` can also have an object of
    sender → list of live secrets. If the value is missing or malformed, there are no live
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
        self._live: dict[str, dict[str, str]] = {}
        self._senders: dict[str, set[str]] = {}
        self._hinted: set[str] = set()
        self._salt = arn
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._refreshed_at = float("-inf")
        self._outage = ""

    def live(self, source: str) -> dict[str, str]:
        """Return the live secrets of a source as secret → name of its sender, which is empty without named senders.

        The value comes from the cache if it is newer than ``CACHE_SECONDS``.

        Raises:
            Unavailable: when the value was never read and cannot be read now.
        """
        if self._value is None or self._monotonic() - self._read_at >= CACHE_SECONDS:
            self._read()
        if self._value is None:
            raise Unavailable(self._outage)
        return self.cached(source)

    def cached(self, source: str) -> dict[str, str]:
        """Return the live secrets of a source as they were at the last read."""
        if source not in self._live:
            self._live[source] = senders_of(source, (self._value or {}).get(source))
        return self._live[source]

    def senders(self, source: str) -> set[str]:
        """Return the names of a source's senders as they were at the last read, also of those without a secret."""
        if source not in self._senders:
            self._senders[source] = names_of(source, (self._value or {}).get(source))
        return self._senders[source]

    def fingerprint(self, secret: str) -> str:
        """Return the fingerprint of a live secret, as ``hookline secrets list`` shows it."""
        return fingerprint(secret, self._salt)

    def unusable(self, source: str, is_usable: Callable[[str], bool]) -> int | None:
        """Return the number of secrets that can never verify a signature, so that a log line can tell it.

        These are live secrets of a wrong form, secrets under a name that is not allowed, and values that are no list.

        Return None if there are none, if the secrets are not read yet, or after the first call for a value.
        """
        if self._value is None or source in self._hinted:
            return None
        self._hinted.add(source)
        unusable = sum(not is_usable(secret) for secret in self.cached(source))
        return unusable + unreadable_in(source, self._value.get(source)) or None

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
        new = _decode(value)
        if new != self._value:
            self._value, self._live, self._senders, self._hinted = new, {}, {}, set()
            salt = new.get(SALT)
            self._salt = salt if isinstance(salt, str) else self._arn
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

    def live(self) -> dict[str, str]:
        """Return the live secrets as secret → sender, or raise ``Unavailable`` if they cannot be read."""
        return self.value.live(self.source)

    def sender(self, secret: str) -> str:
        """Return the name of the sender with a live secret, or an empty string if the sender has no name."""
        return self.value.cached(self.source).get(secret, UNNAMED)

    def senders(self) -> set[str]:
        """Return the names of the source's senders. See ``SecretValue.senders``."""
        return self.value.senders(self.source)

    def fingerprint(self, secret: str) -> str:
        """Return the fingerprint of a live secret."""
        return self.value.fingerprint(secret)

    def unusable(self, is_usable: Callable[[str], bool]) -> int | None:
        """Return the number of secrets that can never verify a signature. See ``SecretValue.unusable``."""
        return self.value.unusable(self.source, is_usable)

    def refresh(self) -> bool:
        """Read the live secrets again, and return whether this succeeded. See ``SecretValue.refresh``."""
        return self.value.refresh()


def _decode(value: str) -> JsonObject:
    try:
        return decode(value.encode("utf-8", "surrogatepass"))
    except Rejected:
        return {}
