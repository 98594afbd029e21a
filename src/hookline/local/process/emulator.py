"""The emulator itself: where it listens, whether it answers, and how it is set up.

`ministack` plays AWS on this machine. It runs with IAM enforcement on, listens on loopback only, and its root
credentials are random for each start. Of this process's environment it sees only what a Python needs to run, so that
neither it nor a function can be steered by, or leak, what else is there.
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
HEALTH_SECONDS = 5.0
_INHERITED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TZ")


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        pid: leader of its process group.
        port: TCP port on 127.0.0.1.
        access_key: root access key id, random for each start.
        secret_key: root secret access key, random for each start.
    """

    pid: int
    port: int
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        """URL of every AWS API."""
        return f"http://{HOST}:{self.port}"

    def cloud(self) -> Cloud:
        """Clients that sign as root."""
        return Cloud(self.endpoint, Credentials(self.access_key, self.secret_key))

    def healthy(self) -> bool:
        """True if it answers, and it is this very one and not another at the same port."""
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
    """Return the text on the health page by which an emulator is known, and which tells nothing of its key."""
    return hashlib.sha256(f"{access_key}:{secret_key}".encode()).hexdigest()


def environment(port: int, access_key: str, secret_key: str, scratch: Path, certificate: str) -> dict[str, str]:
    """The whole environment of the emulator's process, and so of the functions that it runs.

    Args:
        port: the TCP port on 127.0.0.1.
        access_key: root access key id.
        secret_key: root secret access key.
        scratch: folder for everything that it writes.
        certificate: PEM text of the certificate that stands in for PayPal's.
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
    """The port to listen on: the wanted one, or else 4566, or any free one.

    Raises:
        UserError: if the wanted one cannot be used.
    """
    if wanted is None:
        return DEFAULT_PORT if _bindable(DEFAULT_PORT) else free_port()
    if not 0 < wanted < 65536:
        raise UserError(f"{wanted} is no TCP port: choose one from 1 to 65535 with --port")
    if not _bindable(wanted):
        raise UserError(f"port {wanted} is taken: choose another with --port, or leave --port out for any free one")
    return wanted


def free_port() -> int:
    """A port that nothing uses now."""
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
