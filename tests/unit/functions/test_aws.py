"""AWS clients: what bounds their waiting, and what names their errors."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from unit.functions.fakes import client_error

from hookline.functions import aws


@pytest.mark.parametrize(
    ("make", "service"),
    [
        (aws.dynamodb_client, "dynamodb"),
        (aws.secrets_manager_client, "secretsmanager"),
        (aws.sqs_client, "sqs"),
    ],
)
def test_every_client_waits_briefly_and_retries_once(
    make: Callable[[], Any], service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timeouts are short and the attempts are bounded, so that a caller gets its answer in time."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    meta = make().meta
    assert meta.service_model.service_name == service
    assert (meta.config.connect_timeout, meta.config.read_timeout) == (1, 2)
    assert meta.config.retries == {"mode": "standard", "total_max_attempts": 2}


def test_an_error_is_named_by_its_code_or_its_type() -> None:
    """A service's error has a code; a failed connection has only its type. Neither tells any value."""
    assert aws.error_code(client_error("AccessDenied")) == "AccessDenied"
    for error in (EndpointConnectionError, ReadTimeoutError):
        assert aws.error_code(error(endpoint_url="https://table.example")) == error.__name__
