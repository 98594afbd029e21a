"""Code for the commands `hookline cost` and `hookline capacity`: options, declared resources and event sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from hookline.cli.terminal import find_project
from hookline.operate.estimates.event_sizes import Sizes, of_direct, of_largest
from hookline.operate.estimates.plan import Plan

NONE = "none"
"""The value of the option --providers for an estimate of a stack that has no providers system."""

PayloadBytes = Annotated[int, typer.Option(min=1, max=1_048_576, help="Size of an event's body in bytes.")]
Providers = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Providers, such as stripe,adyen, or none; default: the stack's setting."),
]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="Output format.")]


def plan_of(project: Path | None, stack: str, providers: str | None) -> Plan:
    """Return the resources that the Pulumi program declares for a stack.

    Args:
        project: the folder with Pulumi.yaml; None for the current folder or the nearest folder above it.
        stack: name of the stack whose settings are used.
        providers: value of the option --providers; None for the providers in the stack's settings.

    Raises:
        UserError: if there is no such project, stack or provider.
    """
    from hookline.operate.estimates.declare import read_plan  # noqa: PLC0415 - importing Pulumi takes a second

    return read_plan(find_project(project), stack, None if providers is None else _names(providers))


def sizes_of(plan: Plan, payload_bytes: int) -> Sizes:
    """Return the sizes of one event in tables and messages.

    Args:
        plan: the resources of the stack. If it has providers, each size is the largest of their sample events.
        payload_bytes: size of the body that your own services send. It counts only if the stack has no providers.

    Raises:
        UserError: if the validator would reject the event because it is too large.
    """
    return of_largest(plan.providers) if plan.providers else of_direct(payload_bytes)


def senders(plan: Plan) -> str:
    """Return the names of the stack's senders as text: its providers, or "your own services"."""
    return ", ".join(plan.providers) or "your own services"


def _names(providers: str) -> list[str]:
    return [] if providers == NONE else [name.strip() for name in providers.split(",")]
