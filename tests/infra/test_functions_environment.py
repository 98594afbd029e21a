"""The functions as Lambda runs them: with the environment that the program declares, and with clients that fail."""

# ruff: noqa: N802 - a requirement's id is in the name

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from support.fakes.errors import aws_error
from support.fakes.functions import http_event, queue_event, stream_event
from support.program import FUNCTION, named

from hookline.functions.aws import clients
from hookline.program.engine import Deployment

CLIENTS = ("dynamodb_client", "events_client", "s3_client", "secrets_manager_client", "sqs_client")
INVOCATIONS: dict[str, tuple[Callable[[], dict[str, Any]], set[str]]] = {
    "validator": (lambda: http_event("/webhook"), {"dynamodb_client", "secrets_manager_client"}),
    "router": (stream_event, {"sqs_client"}),
    "ingestion": (
        lambda: http_event("/webhook/stripe"),
        {"dynamodb_client", "s3_client", "secrets_manager_client", "sqs_client"},
    ),
    "processing": (queue_event, {"events_client", "s3_client"}),
}
"""Function → an event for it, and the clients that it needs."""
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)


class NotedEnvironment(dict[str, str]):
    """An environment that notes which variables were read."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        """Return a variable that must be there."""
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a variable, or the default."""
        self.read.add(name)
        return super().get(name, default)


class FailingClient:
    """A client of an AWS service that does not answer."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return an operation that fails."""

        def fail(*_arguments: Any, **_named: Any) -> Any:
            raise aws_error("ServiceUnavailable")

        return fail


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each client was made; each one fails."""
    counts: Counter[str] = Counter()

    def count(name: str) -> Callable[..., Any]:
        def make(*_arguments: Any, **_named: Any) -> FailingClient:
            counts[name] += 1
            return FailingClient()

        return make

    for name in CLIENTS:
        monkeypatch.setattr(clients, name, count(name))
    return counts


@pytest.fixture(params=INVOCATIONS)
def function(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The module of a function, in an execution environment of its own."""
    module = import_module(f"hookline.functions.{request.param}")
    module._composed.cache_clear()
    yield module
    module._composed.cache_clear()


def declared(stack: Deployment, function: Any) -> dict[str, str]:
    """Return the environment variables that the program declares for a function."""
    name = f"{function.__name__.rpartition('.')[2]}-dev"
    return named(stack, FUNCTION)[name].inputs["environment"]["variables"]


def test_B16_each_function_reads_the_variables_that_the_program_declares(
    stack: Deployment, function: Any, made: Counter[str]
) -> None:
    """A variable has one name on both sides: a function reads each one that it is given, and needs no other."""
    variables = declared(stack, function)
    environment = NotedEnvironment(variables)
    function.compose(environment)
    assert made
    assert variables.keys() - environment.read <= {clients.CLIENT_VARIABLE}


def test_B16_two_invocations_make_each_client_once(
    stack: Deployment, function: Any, made: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warm environment uses the clients again that its first invocation made, even after a failure."""
    for name, value in declared(stack, function).items():
        monkeypatch.setenv(name, value)
    event, needed = INVOCATIONS[function.__name__.rpartition(".")[2]]
    for _ in range(2):
        function.handler(event(), CONTEXT)
    assert made == dict.fromkeys(needed, 1)


def test_B16_a_failing_client_is_answered_and_logged(
    stack: Deployment,
    function: Any,
    made: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sender gets a 503, the queue or the stream gets its record back; one log line says which error it was."""
    for name, value in declared(stack, function).items():
        monkeypatch.setenv(name, value)
    event, _ = INVOCATIONS[function.__name__.rpartition(".")[2]]
    prepared = event()
    capsys.readouterr()
    answer = function.handler(prepared, CONTEXT)
    assert made
    assert answer.get("statusCode") == 503 or answer["batchItemFailures"]
    (line,) = capsys.readouterr().out.splitlines()
    assert "ServiceUnavailable" in json.dumps(json.loads(line))
