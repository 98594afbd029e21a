"""Runs a stack's program and makes nothing: what it declares is all that estimates need."""

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
"""Outputs that the program reads of what it declares; on paper each is the resource's name."""


class DeclarationsOnly:
    """Takes whatever the program declares and makes none of it."""

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """The resource's name, as its id and as all of its outputs."""
        return resource.name, dict.fromkeys(_COMPUTED, resource.name)

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """An account that nobody has, and the region: the program asks for nothing else."""
        return {"accountId": "000000000000", "region": REGION}


def read_plan(project: Project, stack: str, providers: Sequence[str] | None = None) -> Plan:
    """Runs the program of a project on paper.

    Args:
        project: its folder.
        stack: whose settings are read.
        providers: these instead of those that the settings name; empty for a stack without the providers system.

    Raises:
        UserError: if there is no such stack, a setting is wrong, or there is no such provider.
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
                f"there is no provider {name}: there are {', '.join(sorted(PROVIDER_NAMES))}, or none at all: none"
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
