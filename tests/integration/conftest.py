"""A stack that the flow tests may damage."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from integration.flow import SUFFIX, Flow
from support.live.webhooks import Webhooks

from hookline.local import deploy
from hookline.local.project import Project
from hookline.operate.sending.send import TIMEOUT_SECONDS
from hookline.operate.target import Target, local_target

SETTINGS = f"""config:
  aws:region: us-east-1
  hookline:environmentSuffix: {SUFFIX}
  hookline:allowUnsigned: true
  hookline:apiGatewayLogging: "off"
"""


@pytest.fixture(scope="session")
def flow_target(project: Project) -> Target:
    """Return a second stack in the emulator of the shared stack."""
    (project.path / f"Pulumi.{SUFFIX}.yaml").write_text(SETTINGS)
    deploy.up(project, SUFFIX)
    return local_target(project, SUFFIX)


@pytest.fixture
def flow(flow_target: Target, project: Project) -> Iterator[Flow]:
    """Return the stack, with a prefix of event ids for this test."""
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        webhooks = Webhooks(flow_target, None, client, f"flow-{uuid.uuid4().hex[:10]}-")
        yield Flow(webhooks, project.home.log)
