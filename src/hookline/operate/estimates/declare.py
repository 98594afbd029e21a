"""A run of a stack's Pulumi program that only lists the declared resources, for estimates of cost and capacity."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hookline.core import PROVIDER_NAMES
from hookline.errors import UserError
from hookline.infra.settings.stack import REGION
from hookline.local.project import Project
from hookline.operate.estimates.plan import PROVIDERS, TRANSACTIONS, Plan
from hookline.program.engine import ProgramError, Registration, run_program

_COMPUTED = ("arn", "url", "invokeUrl", "invokeArn", "executionArn", "streamArn", "rootResourceId", "version")
"""Names of the resource outputs that the program reads. In estimates, each output has the resource's name as value."""


class DeclarationsOnly:
    """A replacement for the AWS provider of Pulumi that accepts every resource and creates none."""

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """Return the resource's name as its id and as the value of all its outputs."""
        return resource.name, dict.fromkeys(_COMPUTED, resource.name)

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Return a placeholder account id, the region and its partition: the program looks up no other data."""
        return {"accountId": "000000000000", "region": REGION, "partition": "aws", "dnsSuffix": "amazonaws.com"}


def read_plan(project: Project, stack: str, providers: Sequence[str] | None = None) -> Plan:
    """Run a project's Pulumi program without creating resources, and return the declared resources.

    Args:
        project: the Pulumi project.
        stack: name of the stack whose settings are used.
        providers: providers to use instead of those in the stack's settings. None for those in the settings, empty for
            a stack without the providers system.

    Raises:
        UserError: if there is no such stack or provider, or a setting is wrong.
    """
    config = project.config(stack)
    if providers is not None:
        config = _with_providers(config, providers)
    try:
        return Plan(
            run_program(
                project.program, project=project.name(), stack=stack, config=config, provider=DeclarationsOnly()
            )
        )
    except ProgramError as error:
        raise UserError(str(error)) from error


def _with_providers(config: Mapping[str, str], providers: Sequence[str]) -> dict[str, str]:
    for name in providers:
        if name not in PROVIDER_NAMES:
            raise UserError(
                f"there is no provider {name}: choose from {', '.join(sorted(PROVIDER_NAMES))}, or give none"
            )
    if not providers:
        kept = {key: value for key, value in config.items() if key != "hookline:forwardTransactions"}
        return {**kept, "hookline:systems": json.dumps([TRANSACTIONS])}
    systems: list[str] = json.loads(config.get("hookline:systems", json.dumps([TRANSACTIONS, PROVIDERS])))
    return {
        **config,
        "hookline:systems": json.dumps(sorted({*systems, PROVIDERS})),
        "hookline:providers": json.dumps(list(dict.fromkeys(providers))),
    }
