"""Code that `hookline cost` and `hookline capacity` share: the declared resources, and the sizes of an event."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from hookline.cli.terminal import find_project
from hookline.operate.estimates.event_sizes import Sizes, of_direct, of_largest
from hookline.operate.estimates.plan import Plan

NONE = "none"
"""The value of --providers for a stack without the providers system."""

PayloadBytes = Annotated[int, typer.Option(min=1, max=1_048_576, help="Size of an event's body in bytes.")]
Providers = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Providers, such as stripe,adyen, or none; default: the stack's setting."),
]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="Output format.")]


def plan_of(project: Path | None, stack: str, providers: str | None) -> Plan:
    """Return the resources that a stack declares.

    Args:
        project: the folder of the project; None for the current folder or the nearest one above it.
        stack: name of the stack whose settings are used.
        providers: replaces the providers of the settings; comma-separated, as on the command line.

    Raises:
        UserError: if there is no such project, stack or provider.
    """
    from hookline.operate.estimates.declare import read_plan  # noqa: PLC0415 - importing Pulumi takes a second

    return read_plan(find_project(project), stack, None if providers is None else _names(providers))


def sizes_of(plan: Plan, payload_bytes: int) -> Sizes:
    """Return the sizes of an event: the largest among the plan's providers, or those of your own services' events.

    Raises:
        UserError: if the event is larger than the table can hold.
    """
    return of_largest(plan.providers) if plan.providers else of_direct(payload_bytes)


def senders(plan: Plan) -> str:
    """Return the names of the senders, for the output."""
    return ", ".join(plan.providers) or "your own services"


def _names(providers: str) -> list[str]:
    return [] if providers == NONE else [name.strip() for name in providers.split(",")]
