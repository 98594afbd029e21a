"""The subcommands of `hookline`. The work is done by `hookline.local` and `hookline.operate`."""

from __future__ import annotations

import json
import shlex
import time
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from hookline.cli import secrets
from hookline.cli.capacity import capacity
from hookline.cli.cost import cost
from hookline.cli.options import Aws, Folder, Json, Stack, find_target
from hookline.cli.rehearse import rehearse
from hookline.cli.tables import aligned, demo_table, queue_table, value_text
from hookline.cli.terminal import err, fail, find_project, friendly, out, print_table
from hookline.cli.trigger import trigger
from hookline.errors import UserError
from hookline.local import stack as local
from hookline.local.cloud import Cloud
from hookline.local.provision import state as states
from hookline.local.provision.state import State
from hookline.operate.demo import curl, run_demo
from hookline.operate.new_project import make_project
from hookline.operate.target import Target, endpoints


def show_version(wanted: bool) -> None:
    """Print the version of the package and exit, if the user gave the option --version."""
    if wanted:
        typer.echo(version("hookline"))
        raise typer.Exit


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Run a payment-webhook pipeline that you own. `hookline up` runs all of it on this machine."""


@app.command(epilog="Examples: `hookline init shop` · `hookline init .`")
def init(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder; its name becomes the project's name.")],
) -> None:
    """Create a Pulumi project that uses this package; the other commands work in it."""
    with friendly():
        made = make_project(folder)
    out.print(f"[green]✓[/] created {folder}: {', '.join(made)}\n\nTry it:\n")
    typer.echo(f"cd {shlex.quote(str(folder))}\nhookline up\nhookline demo")


@app.command(epilog="Examples: `hookline up` · `hookline up --stack prod` · `hookline up --port 4600`")
def up(
    stack: Stack = "dev",
    port: Annotated[int | None, typer.Option(help="TCP port of the emulator; default: 4566, or a free port.")] = None,
    project: Folder = None,
) -> None:
    """Start the emulator if it is not running, and deploy the stack to it.

    A second `up` changes nothing. After a change of the program, `up` changes only the affected resources.
    """
    from hookline.local import deploy  # noqa: PLC0415 - importing Pulumi takes a second, and only `up` needs it

    started = time.monotonic()
    with friendly(), err.status("starting") as status:
        done = deploy.up(
            find_project(project), stack, port, lambda verb, name: status.update(f"{verb} {name}"), warn=_warn
        )
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
    for system, url in endpoints(done.outputs).items():
        out.print(f"  {system:<12}  POST {url}")


@app.command(epilog="Examples: `hookline down` · `hookline down --stack prod` · `hookline down --all`")
def down(
    stack: Stack = "dev",
    everything: Annotated[bool, typer.Option("--all", help="Destroy every stack.")] = False,
    project: Folder = None,
) -> None:
    """Destroy the stack; after the last stack, stop the emulator. The command also cleans up after a crash."""
    with friendly(), err.status("stopping") as status:
        gone = local.down(
            find_project(project),
            None if everything else stack,
            lambda verb, name: status.update(f"{verb} {name}"),
        )
    out.print(f"[green]✓[/] destroyed: {', '.join(gone)}" if gone else "nothing to destroy: nothing is running here")


@app.command(epilog="Example: `hookline status`")
def status(project: Folder = None) -> None:
    """Show the emulator, its stacks, and the number of messages in their queues.

    The exit status is 1 if the emulator is not running.
    """
    with friendly():
        where = find_project(project)
        emulator = where.home.find()
        if emulator is None:
            raise UserError("nothing is running here: start it with `hookline up`")
        cloud = emulator.cloud()
        out.print(f"[green]●[/] emulator at {emulator.endpoint} (process {emulator.pid})")
        out.print(f"  log: {where.home.log}")
        for name in states.stacks(cloud):
            _show_stack(cloud, name)


@app.command(epilog="Examples: `hookline outputs` · `hookline outputs webhook_url` · `hookline outputs --json`")
def outputs(
    name: Annotated[str | None, typer.Argument(help="Print only this output.")] = None,
    stack: Stack = "dev",
    as_json: Json = False,
    project: Folder = None,
) -> None:
    """Print the outputs of a stack that runs on this machine."""
    with friendly():
        found = local.outputs(find_project(project), stack)
        if name is not None and name not in found:
            raise UserError(f"there is no output {name}: choose from {', '.join(sorted(found))}")
    shown = found if name is None else found[name]
    if as_json:
        typer.echo(json.dumps(shown, indent=2, sort_keys=True))
    else:
        typer.echo(aligned(found) if name is None else value_text(shown))


@app.command(epilog="Examples: `hookline demo` · `hookline demo --stack staging --aws`")
def demo(
    stack: Stack = "dev",
    aws: Aws = False,
    project: Folder = None,
) -> None:
    """Send webhooks to all systems of the stack and show the effects of each one.

    The exit status is 0 only if all effects are as expected. The demo removes its own messages from the queues. If the
    queues have messages already, the demo refuses to run, because it would receive them. On AWS, the stack also needs
    the setting `verifiable`.
    """
    with friendly(), err.status("looking for the stack") as status:
        target = find_target(project, stack, aws=aws)
        lines = run_demo(target, status.update)
        command = curl(target) if target.has_transactions else ""
    print_table(demo_table(lines))
    wrong = [line for line in lines if not line.as_expected]
    if wrong:
        fail(f"{len(wrong)} of {len(lines)} are not as expected")
    out.print(f"[green]✓[/] {len(lines)} of {len(lines)} as expected\n")
    typer.echo(aligned(_places(target)))
    if command:
        typer.echo(f"\nTry it:\n\n{command}")


def _warn(text: str) -> None:
    err.print(f"warning: {text}", style="yellow", markup=False)


def _places(target: Target) -> dict[str, str]:
    """Return the URLs, the archive's bucket and the bus's log group of a stack, for the text below the demo's table."""
    places = {f"  {system}": f"POST {url}" for system, url in endpoints(target.outputs).items()}
    if target.has_providers:
        places["  archive"] = f"s3://{target.outputs['s3_bucket_name']}"
        places["  bus"] = f"log group {target.outputs['provider_log_group_name']}"
    return places


app.command(
    epilog="Examples: `hookline trigger stripe payment` · `hookline trigger --list` · "
    "`hookline trigger adyen refund --override notificationItems.0.NotificationRequestItem.amount.value=990`"
)(trigger)


app.command(
    epilog="Examples: `hookline cost` · `hookline cost --events 50000000 --providers stripe,adyen` · "
    "`hookline cost --stack prod --format json`"
)(cost)


app.command(
    epilog="Examples: `hookline capacity --rps 100` · `hookline capacity --rps 5000 --stack prod` · "
    "`hookline capacity --rps 20000 --quota lambda_concurrency=10000`"
)(capacity)


app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Examples: `hookline rehearse` · `hookline rehearse pulumi preview --stack dev`",
)(rehearse)


app.add_typer(
    secrets.app,
    name="secrets",
    help="Manage the signing secrets of a stack; the commands never show a secret.",
    epilog="Examples: `hookline secrets list` · `hookline secrets rotate stripe`",
)


def _show_stack(cloud: Cloud, name: str) -> None:
    found = State(cloud, name).outputs()
    if found is None:
        out.print(f"\nstack [bold]{name}[/] is not complete: complete it with `hookline up --stack {name}`")
        return
    out.print(f"\nstack [bold]{name}[/]: {'  '.join(endpoints(found).values())}")
    print_table(queue_table(Target(found, cloud.client)))
