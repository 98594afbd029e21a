"""One deployment for all the tests that only read it."""

import pytest
from support.program import PROVIDERS, TOPIC, TRANSACTIONS, deploy

from hookline.program.engine import Deployment


@pytest.fixture(scope="session")
def stack() -> Deployment:
    """The program with its default settings: both systems, joined."""
    return deploy()


@pytest.fixture(scope="session")
def full_stack() -> Deployment:
    """The program with everything that can be switched on."""
    return deploy("full", provisionedConcurrency="5", alarmTopicArn=TOPIC, allowUnsigned="true")


@pytest.fixture(scope="session")
def transactions() -> Deployment:
    """The transactions system by itself."""
    return deploy(systems=TRANSACTIONS)


@pytest.fixture(scope="session")
def providers() -> Deployment:
    """The providers system by itself."""
    return deploy(systems=PROVIDERS)
