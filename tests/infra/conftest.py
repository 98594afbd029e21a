"""Deployments that several tests share and only read."""

import pytest
from support.program import PROVIDERS, TOPIC, TRANSACTIONS, deploy

from hookline.program.engine import Deployment


@pytest.fixture(scope="session")
def stack() -> Deployment:
    """Return the program with its default settings: both systems, with forwarding."""
    return deploy()


@pytest.fixture(scope="session")
def full_stack() -> Deployment:
    """Return the program with all options enabled."""
    return deploy("full", provisionedConcurrency="5", alarmTopicArn=TOPIC, allowUnsigned="true")


@pytest.fixture(scope="session")
def transactions() -> Deployment:
    """Return a stack with only the transactions system."""
    return deploy(systems=TRANSACTIONS)


@pytest.fixture(scope="session")
def providers() -> Deployment:
    """Return a stack with only the providers system."""
    return deploy(systems=PROVIDERS)
