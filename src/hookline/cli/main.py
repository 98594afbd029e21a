"""The `hookline` command: thin over `hookline.local` and `hookline.operate`."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hookline.local import stack as local
from hookline.local import state as states
from hookline.local.emulator import LocalError
from hookline.local.project import Project
from hookline.operate.demo import Line, curl, run_demo
from hookline.operate.target import aws_target, local_target

app = typer.Typer(
    help="A payment-webhook pipeline that you own. `hookline up` runs all of it on this machine.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)
out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack: Pulumi.STACK.yaml holds its settings.")]
Folder = Annotated[Path, typer.Option("--project", help="The folder that holds Pulumi.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Examples: `hookline up` · `hookline up --stack prod` · `hookline up --port 4600`")
def up(
    stack: Stack = "dev",
    port: Annotated[int | None, typer.Option(help="TCP port of the emulator; default 4566, or any free one.")] = None,
    project: Folder = Path(),
) -> None:
    """Start the embedded cloud if it does not run, and provision the stack into it.

    A second `up` changes nothing; after a change of the program it changes only what it must.
    """
    from hookline.local import deploy  # noqa: PLC0415 - imports Pulumi, which costs a second that only `up` needs

    started = time.monotonic()
    with _friendly(), err.status("starting") as status:
        done = deploy.up(_project(project), stack, port, lambda verb, name: status.update(f"{verb} {name}"))
    changes = done.changes
    counts = [
        f"{len(urns)} {what}"
        for what, urns in (
            ("made", changes.made),
            ("updated", changes.updated),
            ("replaced", changes.replaced),
            ("removed", changes.removed),
            ("unchanged", changes.kept),
        )
        if urns
    ]
    out.print(f"[green]✓[/] stack [bold]{stack}[/]: {', '.join(counts)} in {time.monotonic() - started:.1f} s")
    out.print(f"  POST {done.outputs['webhook_url']}")


@app.command(epilog="Examples: `hookline down` · `hookline down --all`")
def down(
    stack: Stack = "dev",
    everything: Annotated[bool, typer.Option("--all", help="Destroy every stack.")] = False,
    project: Folder = Path(),
) -> None:
    """Destroy the stack; the last one takes the embedded cloud with it. Also cleans up after a crash."""
    with _friendly(), err.status("stopping") as status:
        gone = local.down(
            _project(project),
            None if everything else stack,
            lambda verb, name: status.update(f"{verb} {name}"),
        )
    out.print(f"[green]✓[/] destroyed: {', '.join(gone)}" if gone else "nothing of this runs here")


@app.command(epilog="Example: `hookline status`")
def status(project: Folder = Path()) -> None:
    """Show what runs: the embedded cloud, its stacks, and the messages in their queues."""
    with _friendly():
        where = _project(project)
        emulator = where.home.find()
        if emulator is None:
            out.print("nothing runs here: start it with `hookline up`")
            raise typer.Exit(1)
        out.print(f"[green]●[/] embedded cloud at {emulator.endpoint} (process {emulator.pid}, log {where.home.log})")
        for name in states.stacks(emulator.cloud()):
            out.print(_queue_table(where, name))


@app.command(epilog="Examples: `hookline outputs` · `hookline outputs webhook_url` · `hookline outputs --json`")
def outputs(
    name: Annotated[str | None, typer.Argument(help="Print this output alone.")] = None,
    stack: Stack = "dev",
    as_json: Json = False,
    project: Folder = Path(),
) -> None:
    """Print the outputs of a stack that runs here."""
    with _friendly():
        found = local.outputs(_project(project), stack)
        if name is not None and name not in found:
            raise LocalError(f"there is no output {name}: there are {', '.join(sorted(found))}")
    if name is not None:
        typer.echo(found[name])
    elif as_json:
        typer.echo(json.dumps(found, indent=2, sort_keys=True))
    else:
        table = Table(show_header=False, box=None)
        for key in sorted(found):
            table.add_row(key, str(found[key]))
        out.print(table)


@app.command(epilog="Examples: `hookline demo` · `hookline demo --stack staging --aws`")
def demo(
    stack: Stack = "dev",
    aws: Annotated[
        bool, typer.Option("--aws", help="Use the stack deployed to AWS, by `pulumi stack output`.")
    ] = False,
    project: Folder = Path(),
) -> None:
    """Send seven webhooks and show where each one ended; exit status 0 only if all is as expected."""
    with _friendly(), err.status("looking for the stack") as status:
        target = (aws_target if aws else local_target)(_project(project), stack)
        lines = run_demo(target, status.update)
        command = curl(target)
    out.print(_demo_table(lines))
    wrong = [line for line in lines if not line.as_expected]
    if wrong:
        err.print(f"[red]✗[/] {len(wrong)} of {len(lines)} are not as expected")
        raise typer.Exit(1)
    out.print(f"[green]✓[/] {len(lines)} of {len(lines)} as expected\n\n  endpoint  {target.webhook_url}\n\nTry it:\n")
    typer.echo(command)


@contextmanager
def _friendly() -> Generator[None]:
    """Turns an error that the user can mend into one message and exit status 1."""
    try:
        yield
    except LocalError as error:
        err.print(f"[red]✗[/] {error}", markup=True, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(130) from None


def _project(folder: Path) -> Project:
    return Project(folder.resolve())


def _queue_table(project: Project, stack: str) -> Table:
    target = local_target(project, stack)
    table = Table("queue", "waiting", "in flight", title=f"stack {stack}: {target.webhook_url}", title_justify="left")
    for name, url in sorted((k, v) for k, v in target.outputs.items() if k.endswith(("_queue_url", "_dlq_url"))):
        attributes = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting, in_flight = (attributes[f"ApproximateNumberOfMessages{suffix}"] for suffix in ("", "NotVisible"))
        table.add_row(name.removesuffix("_url"), waiting, in_flight)
    return table


def _demo_table(lines: list[Line]) -> Table:
    table = Table("sent", "answer", "queue", "answer ms", "queue ms", "")
    for line in lines:
        arrived = line.arrival_milliseconds
        queues = ", ".join(f"{arrival.queue}s" for arrival in line.arrivals) if line.step.queue else ""
        table.add_row(
            line.step.title,
            f"{line.answer.status} {line.answer.code}",
            queues or "-",
            f"{line.answer.milliseconds:.0f}",
            "-" if arrived is None else f"{arrived:.0f}",
            "[green]✓[/]" if line.as_expected else "[red]✗ expected " + f"{line.step.status} {line.step.queue}[/]",
        )
    return table
