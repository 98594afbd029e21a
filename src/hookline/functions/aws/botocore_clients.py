"""The same calls made by botocore, which every Lambda runtime has: slower, and AWS's own."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hookline.functions.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
ATTEMPTS = 2
"""One call and one retry, so a call ends within about 7 s; beyond that, the sender or the stream retries."""

_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)


class BotocoreClient:
    """A botocore client whose calls fail with AwsError."""

    def __init__(self, client: object) -> None:
        """Wrap a client.

        Args:
            client: what botocore made, or a stand-in.
        """
        self.client = client

    def __getattr__(self, name: str) -> "Callable[..., dict[str, Any]]":
        """Return the client's call of that name."""
        return partial(_call, getattr(self.client, name))


def make(service: str) -> BotocoreClient:
    """Return a new client of a service, such as ``dynamodb``."""
    return BotocoreClient(_session().create_client(service, config=_CONFIG))


def _call(call: "Callable[..., dict[str, Any]]", **parameters: object) -> dict[str, Any]:
    try:
        return call(**parameters)
    except ClientError as error:
        answer = cast("dict[str, Any]", error.response)
        raise AwsError(answer["Error"].get("Code", "Unknown"), answer) from None
    except BotoCoreError as error:
        raise AwsError(type(error).__name__) from None


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
