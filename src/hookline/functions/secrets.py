"""Signing secrets from Secrets Manager: cached, re-read when they may have changed, never read too often."""

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
"""How long a value serves, and so how soon a revoked secret is dead."""

MIN_SECONDS_BETWEEN_READS = 5
"""Least time between two reads, whoever causes them."""

_NO_VALUE_CODES = ("ResourceNotFoundException", "InvalidRequestException")


class SecretValue:
    """A secret's value, a JSON object of source → list of live secrets, cached for all sources together.

    A secret without a value, or with one of another form, holds no secrets: nothing is accepted then. While
    Secrets Manager is out of order the last value goes on serving.
    """

    def __init__(self, client: SecretsManagerClient, arn: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is read before it is needed.

        Args:
            client: Secrets Manager.
            arn: the secret's ARN.
            monotonic: a clock in seconds.
        """
        self._client = client
        self._arn = arn
        self._monotonic = monotonic
        self._value: JsonObject | None = None
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._outage = ""

    def live(self, source: str) -> list[str]:
        """Return the live secrets of a source, from the cache while that is fresh.

        Raises:
            Unavailable: when there is no value to go by.
        """
        if self._value is None or self._monotonic() - self._read_at >= CACHE_SECONDS:
            self.refresh()
        if self._value is None:
            raise Unavailable(self._outage)
        secrets = self._value.get(source)
        return [secret for secret in secrets if isinstance(secret, str)] if isinstance(secrets, list) else []

    def refresh(self) -> bool:
        """Read again because a signature matched no cached secret: it may have been made with a new one.

        Returns:
            Whether the value was read; False within the least time between reads and in an outage.
        """
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
        finally:  # a read that took long is not tried again at once, or every request would wait for it
            self._tried_at = self._monotonic()
        self._value = _decode(value)
        self._read_at = now
        return True


@dataclass(frozen=True)
class SigningSecrets:
    """The live secrets of one source.

    Attributes:
        value: where they are, beside those of other sources.
        source: key of the list in the value.
    """

    value: SecretValue
    source: str

    def live(self) -> list[str]:
        """Return the live secrets, or raise Unavailable."""
        return self.value.live(self.source)

    def refresh(self) -> bool:
        """Read the value again, as ``SecretValue.refresh``."""
        return self.value.refresh()


def _decode(value: str) -> JsonObject:
    try:
        return decode(value.encode("utf-8", "surrogatepass"))
    except Rejected:
        return {}
