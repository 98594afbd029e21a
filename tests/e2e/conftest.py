"""The stacks of the end-to-end tests, and the measured figures."""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Callable, Iterable, Iterator

import httpx
import pytest
from support.live.providers import NAMES, Providers
from support.live.webhooks import ARRIVAL_SECONDS, Webhooks, eventually

from hookline.local.project import Project
from hookline.operate.demo import secret_for
from hookline.operate.sending.send import TIMEOUT_SECONDS
from hookline.operate.target import Target, local_target


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Return a client with a pool of kept-alive connections."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    with httpx.Client(timeout=TIMEOUT_SECONDS, limits=limits) as client:
        yield client


@pytest.fixture(scope="session")
def production(request: pytest.FixtureRequest) -> Target:
    """Return a local stack with the settings of production, for tests that must not run on a deployed stack."""
    if os.environ.get("HOOKLINE_AWS_STACK"):
        pytest.skip("a deployed stack's secrets are its owner's")
    project: Project = request.getfixturevalue("project")
    from hookline.local import deploy  # noqa: PLC0415 - a run against AWS needs no emulator

    deploy.up(project, "prod")
    return local_target(project, "prod")


@pytest.fixture(scope="session")
def strict(request: pytest.FixtureRequest, target: Target) -> Target:
    """Return a stack that requires signatures: the stack under test, or a local one with production settings."""
    return request.getfixturevalue("production") if target.accepts_unsigned else target


@pytest.fixture
def webhooks(target: Target, http: httpx.Client) -> Webhooks:
    """Return a sender for the stack under test, with the secret it requires and the test's own event id prefix."""
    return Webhooks(target, secret_for(target), http, f"e2e-{uuid.uuid4().hex[:10]}-")


@pytest.fixture
def providers(target: Target, http: httpx.Client) -> Providers:
    """Return a sender for the providers system under test, with an observer that starts now."""
    return Providers.of(target, http)


@pytest.fixture
def local_providers(providers: Providers) -> Providers:
    """Return the same sender, for tests that must not run on a deployed stack."""
    if os.environ.get("HOOKLINE_AWS_STACK"):
        pytest.skip("a deployed stack's secrets are its owner's")
    return providers


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, target: Target) -> str:
    """Return the name of each provider, without PayPal if there is no private key."""
    if request.param == "paypal" and target.certificate is None:
        pytest.skip("PayPal's private key is PayPal's")
    return request.param


@pytest.fixture
def strict_webhooks(strict: Target, http: httpx.Client) -> Webhooks:
    """Return a sender of unsigned requests to a stack that requires signatures."""
    return Webhooks(strict, None, http, f"e2e-{uuid.uuid4().hex[:10]}-")


@pytest.fixture(scope="session")
def sixteen_instances(target: Target, http: httpx.Client) -> None:
    """Start sixteen instances of the validator."""
    _start_instances(target, http, range(4, 17, 4))


@pytest.fixture(scope="session")
def fifty_instances(sixteen_instances: None, target: Target, http: httpx.Client) -> None:
    """Start fifty instances of the validator."""
    _start_instances(target, http, range(20, 51, 5))


def _start_instances(target: Target, http: httpx.Client, waves: Iterable[int]) -> None:
    """Send one event many times at once, in waves of growing size, until all answers of a wave are 2xx.

    A single large wave would measure the start of many Python processes on a small machine.
    """
    webhooks = Webhooks(target, secret_for(target), http, f"e2e-{uuid.uuid4().hex[:10]}-")
    event = webhooks.event()

    def answered(at_once: int) -> bool:
        return {answer.status for answer in webhooks.send_all([event] * at_once, at_once)} <= {200, 202}

    with webhooks.watch() as arrivals:
        for at_once in waves:
            assert eventually(functools.partial(answered, at_once), 120)
        assert not arrivals.wait_for([event["event_id"]], ARRIVAL_SECONDS)


@pytest.fixture
def record_figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that records a measured figure for the summary of the run."""
    return lambda figure: request.node.user_properties.append(("measured", figure))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the measured figures."""
    for report in terminalreporter.stats.get("passed", []):
        for name, figure in report.user_properties:
            terminalreporter.write_line(f"{name}: {figure}")
