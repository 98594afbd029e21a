"""What `hookline cost` and `hookline capacity` share: a stack on paper, and the event that goes through it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from hookline.cli.terminal import find_project
from hookline.operate.estimates.event_sizes import Sizes, of_direct, of_largest
from hookline.operate.estimates.plan import Plan

NONE = "none"
"""In place of providers: a stack without the providers system."""

PayloadBytes = Annotated[int, typer.Option(min=1, max=1_048_576, help="Bytes of an event's body.")]
Providers = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Providers, such as stripe,adyen, or none; default: those of the settings."),
]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print the answer.")]


def plan_of(project: Path | None, stack: str, providers: str | None) -> Plan:
    """What a stack declares.

    Args:
        project: the folder of the project; None for this one or the nearest above.
        stack: whose settings are read.
        providers: instead of those of the settings, as on the command line.

    Raises:
        UserError: if there is no such project, stack or provider.
    """
    from hookline.operate.estimates.declare import read_plan  # noqa: PLC0415 - imports Pulumi, which costs a second

    return read_plan(find_project(project), stack, None if providers is None else _names(providers))


def sizes_of(plan: Plan, payload_bytes: int) -> Sizes:
    """What an event takes: the largest of the plan's providers, or one of your own services'.

    Raises:
        UserError: if the event is larger than the table can hold.
    """
    return of_largest(plan.providers) if plan.providers else of_direct(payload_bytes)


def senders(plan: Plan) -> str:
    """Who sends the events, in words."""
    return ", ".join(plan.providers) or "your own services"


def _names(providers: str) -> list[str]:
    return [] if providers == NONE else [name.strip() for name in providers.split(",")]
