"""AWS clients for the emulator on this machine.

They are botocore clients, because botocore takes half of boto3's import time. They ignore the user's AWS settings:
profile, proxy and endpoint.
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
_SESSION_LOCK = threading.Lock()  # all threads share one session, which is not thread-safe, to load its data only once
_MISSING_WORDS = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
_EXISTS_WORDS = ("Exists", "ResourceInUse", "Conflict")


@dataclass(frozen=True)
class Credentials:
    """The credentials that sign a call."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass
class Cloud:
    """Cached clients for one endpoint and one identity. Threads can share an instance.

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
        """Call an operation by its boto3 name. Raise `botocore.exceptions.ClientError`, as boto3 does."""
        return getattr(self.client(service), operation)(**arguments)

    @property
    def account(self) -> str:
        """The emulator's account id."""
        return ACCOUNT

    def assuming(self, role_arn: str) -> Cloud:
        """Return clients for the same endpoint with the permissions of a role."""
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
    """Return the AWS error code, such as `ResourceNotFoundException`."""
    return error.response.get("Error", {}).get("Code", "")


def is_missing(error: ClientError) -> bool:
    """Return True if the call failed because the resource does not exist."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 404 or any(word in error_code(error) for word in _MISSING_WORDS)


def exists_already(error: ClientError) -> bool:
    """Return True if the call failed because the resource exists already."""
    return any(word in error_code(error) for word in _EXISTS_WORDS)
