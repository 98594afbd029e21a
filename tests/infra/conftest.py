"""One deployment for all the tests that only read it."""

import pytest
from infra.stack import TOPIC, deploy

from hookline.local.engine import Deployment


@pytest.fixture(scope="session")
def stack() -> Deployment:
    """The program with its default settings."""
    return deploy()


@pytest.fixture(scope="session")
def full_stack() -> Deployment:
    """The program with everything that can be switched on."""
    return deploy("full", provisionedConcurrency="5", alarmTopicArn=TOPIC, allowUnsigned="true")
