"""AWS clients from botocore, which is part of the Lambda runtime. botocore is slower than hookline's own clients."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's

from hookline.functions.aws.client import RETRIED
from hookline.functions.aws.errors import AwsError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
ATTEMPTS = 2
"""Maximum number of attempts of a call.

All attempts of a call together take at most about 7 s. After that, the sender or the stream retries.
"""

_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)


class BotocoreClient:
    """A wrapper of a botocore client that raises ``AwsError``."""

    def __init__(self, client: object) -> None:
        """Wrap a botocore client."""
        self.client = client

    def __getattr__(self, name: str) -> "Callable[..., dict[str, Any]]":
        """Return the method of the botocore client with this name."""
        return partial(_call, getattr(self.client, name))


def make(service: str) -> BotocoreClient:
    """Return a new botocore client of a service, such as ``dynamodb``."""
    return BotocoreClient(_session().create_client(service, config=_CONFIG))


def _call(call: "Callable[..., dict[str, Any]]", **parameters: object) -> dict[str, Any]:
    try:
        return call(**parameters)
    except ClientError as error:
        answer = cast("dict[str, Any]", error.response)
        code = answer["Error"].get("Code", "Unknown")
        raise (Transient if code in RETRIED else AwsError)(code, answer) from None
    except (ConnectionError, HTTPClientError) as error:
        raise Transient(type(error).__name__) from None
    except BotoCoreError as error:
        raise AwsError(type(error).__name__) from None


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
