"""botocore as the client: its timeouts, retries and errors."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from hookline.functions.aws import clients
from hookline.functions.aws.botocore_clients import BotocoreClient
from hookline.functions.aws.errors import AwsError, Transient

CLIENTS: dict[str, Callable[[], object]] = {
    "dynamodb": clients.dynamodb_client,
    "events": clients.events_client,
    "s3": lambda: clients.s3_client("payloads"),
    "secretsmanager": clients.secrets_manager_client,
    "sqs": clients.sqs_client,
}


class Failing:
    """A botocore client whose call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def put_item(self, **_: Any) -> dict[str, Any]:
        """Raise the error."""
        raise self.error


@pytest.mark.parametrize("service", CLIENTS)
def test_every_client_waits_briefly_and_retries_once(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts are short and attempts are limited, so that the caller gets an answer in time."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv(clients.CLIENT_VARIABLE, "botocore")
    meta = cast("Any", CLIENTS[service]()).client.meta
    assert meta.service_model.service_name == service
    assert (meta.config.connect_timeout, meta.config.read_timeout) == (1, 2)
    assert meta.config.retries == {"mode": "standard", "total_max_attempts": 2}


def test_a_refusal_has_the_code_and_the_answer_of_the_service() -> None:
    """The error contains the service's answer, such as the stored item."""
    response: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "m"}, "Item": {"event_id": {}}}
    with pytest.raises(AwsError) as caught:
        BotocoreClient(Failing(ClientError(response, "PutItem"))).put_item()
    assert caught.value.code == "ConditionalCheckFailedException"
    assert caught.value.answer["Item"] == {"event_id": {}}


def test_a_failed_connection_is_named_by_its_type() -> None:
    """Without an answer, the code is the type of the exception."""
    for error in (EndpointConnectionError, ReadTimeoutError):
        with pytest.raises(Transient) as caught:
            BotocoreClient(Failing(error(endpoint_url="https://table.example"))).put_item()
        assert (caught.value.code, caught.value.answer) == (error.__name__, {})


def test_only_a_failure_that_may_pass_is_transient() -> None:
    """Throttling passes. A call without credentials fails again."""
    throttled: Any = {"Error": {"Code": "ThrottlingException", "Message": "m"}}
    for error, kind in ((ClientError(throttled, "PutItem"), Transient), (NoCredentialsError(), AwsError)):
        with pytest.raises(AwsError) as caught:
            BotocoreClient(Failing(error)).put_item()
        assert type(caught.value) is kind
