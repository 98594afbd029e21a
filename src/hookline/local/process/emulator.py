"""The emulator: its URL, its health check and its environment variables.

The package `ministack` plays AWS on this machine. The emulator enforces IAM and listens only on the loopback address.
Its root credentials are random for each start. It inherits only the environment variables that Python needs. The user's
other environment variables do not reach the emulator and its Lambda functions. So these variables cannot change how the
emulator or a function works, and neither the emulator nor a function can leak their values.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from hookline.errors import UserError
from hookline.local.cloud import REGION, Cloud, Credentials
from hookline.local.development_certificate import VARIABLE as CERTIFICATE_VARIABLE

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
HEALTH_SECONDS = 30.0
"""Time that a busy emulator has to answer. An emulator that does not run refuses the connection at once."""

_INHERITED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TZ")


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        pid: the process id of the leader of the emulator's process group.
        port: the TCP port on 127.0.0.1.
        access_key: the root access key id, random for each start.
        secret_key: the root secret access key, random for each start.
    """

    pid: int
    port: int
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        """The URL at which the emulator serves all AWS APIs."""
        return f"http://{HOST}:{self.port}"

    def cloud(self) -> Cloud:
        """Return AWS clients that sign with the emulator's root key."""
        return Cloud(self.endpoint, Credentials(self.access_key, self.secret_key))

    def healthy(self) -> bool:
        """Return True if this emulator answers on its port. Return False if no program or another program answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=HEALTH_SECONDS)
        try:
            connection.request("GET", "/_ministack/health")
            answer = json.loads(connection.getresponse().read())
            return answer["edition"] == mark(self.access_key, self.secret_key)
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return False
        finally:
            connection.close()


def mark(access_key: str, secret_key: str) -> str:
    """Return a hash of an emulator's root key. The health page shows the hash, which identifies the emulator.

    The hash does not reveal the key.
    """
    return hashlib.sha256(f"{access_key}:{secret_key}".encode()).hexdigest()


def environment(port: int, access_key: str, secret_key: str, scratch: Path, certificate: str) -> dict[str, str]:
    """Return all environment variables of the emulator's process. The Lambda functions inherit these variables.

    Args:
        port: the TCP port on 127.0.0.1.
        access_key: the root access key id.
        secret_key: the root secret access key.
        scratch: the folder for the emulator's files.
        certificate: the development certificate for PayPal, as PEM.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_EDITION": mark(access_key, secret_key),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "TMPDIR": str(scratch),
        "STATE_DIR": str(scratch / "state"),
        "S3_DATA_DIR": str(scratch / "s3"),
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
        CERTIFICATE_VARIABLE: certificate,
    }


def usable_port(wanted: int | None) -> int:
    """Return the wanted TCP port. If `wanted` is None, return 4566, or any free port if 4566 is taken.

    Raises:
        UserError: if the wanted port is not valid or not free.
    """
    if wanted is None:
        return DEFAULT_PORT if _bindable(DEFAULT_PORT) else free_port()
    if not 0 < wanted < 65536:
        raise UserError(f"{wanted} is not a TCP port: choose a port from 1 to 65535 with --port")
    if not _bindable(wanted):
        raise UserError(f"port {wanted} is taken: choose another with --port, or leave --port out for any free port")
    return wanted


def free_port() -> int:
    """Return a TCP port that no process uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
