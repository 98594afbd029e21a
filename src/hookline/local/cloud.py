"""AWS clients for the emulator on this machine.

The clients are from botocore instead of boto3, because the import of botocore takes half the time. The clients ignore
the user's AWS settings: profile, proxy and endpoint.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"
ACCOUNT = "000000000000"
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=60,
    retries={"total_max_attempts": 1},
    max_pool_connections=32,
    parameter_validation=True,
    proxies={},
)
_NOWHERE = (None, None, os.devnull, None)
_SESSION = botocore.session.Session(
    {"profile": (None, None, None, None), "config_file": _NOWHERE, "credentials_file": _NOWHERE}
)
# All threads share one botocore session, so that botocore loads its data only once. The session is not thread-safe.
_SESSION_LOCK = threading.Lock()
_MISSING_WORDS = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
_EXISTS_WORDS = ("Exists", "ResourceInUse", "Conflict")


@dataclass(frozen=True)
class Credentials:
    """The keys with which a client signs its AWS calls. `token` is None, except for a role's session."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass
class Cloud:
    """AWS clients for one endpoint and one identity, cached by service. Threads can share an instance.

    Attributes:
        endpoint: the URL of the emulator, such as `http://127.0.0.1:4566`.
        credentials: the identity that signs the calls.
    """

    endpoint: str
    credentials: Credentials
    _clients: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def client(self, service: str) -> Any:
        """Return the client of a service, such as `sqs`."""
        with _SESSION_LOCK:
            if service not in self._clients:
                self._clients[service] = self._make_client(service)
            return self._clients[service]

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an AWS operation by its boto3 name, such as `put_item`. Raise botocore's `ClientError` if it fails."""
        return getattr(self.client(service), operation)(**arguments)

    @property
    def account(self) -> str:
        """The id of the AWS account that the emulator uses."""
        return ACCOUNT

    def assuming(self, role_arn: str) -> Cloud:
        """Return AWS clients with the permissions of an IAM role. The clients call the same endpoint."""
        answer = self.call("sts", "assume_role", RoleArn=role_arn, RoleSessionName="hookline-local")["Credentials"]
        return Cloud(
            self.endpoint,
            Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]),
        )

    def _make_client(self, service: str) -> Any:
        make = cast("Callable[..., Any]", _SESSION.create_client)  # the type stubs accept only literal service names
        return make(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key,
            aws_session_token=self.credentials.token,
            config=_CONFIG,
        )


def error_code(error: ClientError) -> str:
    """Return the AWS error code of a failed call, such as `ResourceNotFoundException`."""
    return error.response.get("Error", {}).get("Code", "")


def is_missing(error: ClientError) -> bool:
    """Return True if an AWS call failed because a resource does not exist."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 404 or any(word in error_code(error) for word in _MISSING_WORDS)


def exists_already(error: ClientError) -> bool:
    """Return True if an AWS call failed because a resource exists already."""
    return any(word in error_code(error) for word in _EXISTS_WORDS)
