"""A running stack, wherever it runs: what its outputs are, and clients for its cloud."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import boto3

from hookline.local.cloud import REGION
from hookline.local.emulator import LocalError
from hookline.local.project import Project
from hookline.local.stack import outputs

TYPES = ("payment", "refund", "dispute")


@dataclass(frozen=True)
class Target:
    """A stack to send to and to look into.

    Attributes:
        outputs: the stack's outputs.
        client: makes a boto3 client for a service name; safe to call from several threads.
    """

    outputs: Mapping[str, Any]
    client: Callable[[str], Any]

    @property
    def webhook_url(self) -> str:
        """Where to POST."""
        return self.outputs["webhook_url"]

    @property
    def queue_urls(self) -> dict[str, str]:
        """Transaction type → URL of its queue."""
        return {kind: self.outputs[f"{kind}s_queue_url"] for kind in TYPES}

    @property
    def dead_letter_urls(self) -> dict[str, str]:
        """Transaction type → URL of its dead-letter queue."""
        return {kind: self.outputs[f"{kind}s_dlq_url"] for kind in TYPES}

    def signing_secrets(self) -> list[str]:
        """The live Standard Webhooks secrets of the transactions endpoint; raises as boto3 does."""
        answer = self.client("secretsmanager").get_secret_value(SecretId=self.outputs["signing_secret_arn"])
        return json.loads(answer["SecretString"]).get("transactions", [])


def local_target(project: Project, stack: str) -> Target:
    """A stack that `hookline up` runs on this machine; raises `LocalError` if it does not run."""
    found = outputs(project, stack)
    emulator = project.home.find()
    if emulator is None:
        raise LocalError("the emulator has ended: start it with `hookline up`")
    return Target(found, emulator.cloud().client)


def aws_target(project: Project, stack: str) -> Target:
    """A stack deployed to AWS: outputs from `pulumi stack output`, credentials as boto3 finds them.

    Raises:
        LocalError: if the Pulumi CLI is missing or does not know the stack.
    """
    command = ["pulumi", "stack", "output", "--json", "--stack", stack, "--cwd", str(project.path)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise LocalError("the Pulumi CLI is not installed: https://www.pulumi.com/docs/install/") from None
    except subprocess.CalledProcessError as error:
        raise LocalError(f"`{' '.join(command)}` failed: {error.stderr.strip()}") from None
    session = boto3.session.Session(region_name=REGION)
    return Target(json.loads(answer.stdout), cast("Callable[[str], Any]", session.client))
