"""Secrets Manager with one secret in memory."""

from dataclasses import dataclass, field
from typing import Any

from support.fakes.errors import client_error


@dataclass
class FakeSecretsManager:
    """One secret.

    Attributes:
        value: its SecretString; a whole answer instead; or an exception, which a read raises.
        reads: how many there were.
        version: the id of the current version.
        stored: version id → value of each version that was written.
    """

    value: str | dict[str, Any] | Exception
    reads: int = 0
    version: str = "version-first"
    stored: dict[str, str] = field(default_factory=dict)

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """Return the secret's value."""
        assert SecretId
        self.reads += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value if isinstance(self.value, dict) else {"SecretString": self.value, "VersionId": self.version}

    def put_secret_value(
        self,
        SecretId: str,  # noqa: N803
        SecretString: str,  # noqa: N803
        VersionStages: tuple[str, ...] = ("AWSCURRENT",),  # noqa: N803
    ) -> dict[str, str]:
        """Give the secret another value, or store a version that is not current yet."""
        assert SecretId
        new = f"version-{len(self.stored)}"
        self.stored[new] = SecretString
        if "AWSCURRENT" in VersionStages:
            self.value, self.version = SecretString, new
        return {"VersionId": new}

    def update_secret_version_stage(
        self,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        MoveToVersionId: str,  # noqa: N803
        RemoveFromVersionId: str,  # noqa: N803
    ) -> None:
        """Make a version the current one; fail as AWS does if the other version is not the current one."""
        assert (bool(SecretId), VersionStage) == (True, "AWSCURRENT")
        if RemoveFromVersionId != self.version:
            raise client_error("InvalidParameterException")
        self.value, self.version = self.stored[MoveToVersionId], MoveToVersionId
