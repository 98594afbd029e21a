"""The embedded cloud's AWS clients: boto3, pointed at the emulator on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
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
)
_MISSING_WORDS = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")


@dataclass(frozen=True)
class Credentials:
    """Who signs a call."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass
class Cloud:
    """Cached clients for one endpoint and one identity; safe to share between threads.

    Attributes:
        endpoint: URL of the emulator, such as `http://127.0.0.1:4566`.
        credentials: the identity that signs the calls.
    """

    endpoint: str
    credentials: Credentials
    _clients: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def client(self, service: str) -> Any:
        """The boto3 client of a service, such as `sqs`."""
        with self._lock:
            if service not in self._clients:
                make = cast("Callable[..., Any]", self._session().client)  # its stubs know literal names only
                self._clients[service] = make(service, endpoint_url=self.endpoint, config=_CONFIG)
            return self._clients[service]

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Calls one operation by its boto3 name; raises `botocore.exceptions.ClientError` as boto3 does."""
        return getattr(self.client(service), operation)(**arguments)

    @property
    def account(self) -> str:
        """The emulator's account id."""
        return ACCOUNT

    def assuming(self, role_arn: str) -> Cloud:
        """The same endpoint with the permissions of a role."""
        answer = self.call("sts", "assume_role", RoleArn=role_arn, RoleSessionName="hookline-local")["Credentials"]
        return Cloud(
            self.endpoint,
            Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]),
        )

    def _session(self) -> boto3.session.Session:
        return boto3.session.Session(
            aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key,
            aws_session_token=self.credentials.token,
            region_name=REGION,
        )


def error_code(error: ClientError) -> str:
    """AWS's code of an error, such as `ResourceNotFoundException`."""
    return error.response.get("Error", {}).get("Code", "")


def is_missing(error: ClientError) -> bool:
    """True if the call failed because the thing that it names does not exist."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 404 or any(word in error_code(error) for word in _MISSING_WORDS)
