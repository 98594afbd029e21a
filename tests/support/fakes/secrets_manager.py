"""Secrets Manager with one secret in memory."""

from dataclasses import dataclass
from typing import Any


@dataclass
class FakeSecretsManager:
    """One secret.

    Attributes:
        value: its SecretString; a whole answer instead; or an exception, which a read raises.
        reads: how many there were.
    """

    value: str | dict[str, Any] | Exception
    reads: int = 0

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """Return the secret's value."""
        assert SecretId
        self.reads += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value if isinstance(self.value, dict) else {"SecretString": self.value}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803
        """Give the secret another value."""
        assert SecretId
        self.value = SecretString
