"""The commands `hookline secrets …`. They read a secret from a prompt or standard input, never from an argument."""

from __future__ import annotations

from typing import Annotated

import typer

from hookline.cli.options import Aws, Folder, Stack, find_target
from hookline.cli.tables import secret_table
from hookline.cli.terminal import friendly, out, print_table, read_secret
from hookline.operate import secret_store
from hookline.operate.secret_store import Live

CACHE_MINUTES = 5
"""Minutes for which a Lambda function may still accept a removed secret, because the function caches its secrets."""

app = typer.Typer(no_args_is_help=True)

Source = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="A provider, transactions, or a sender: transactions/NAME.")
]

Force = Annotated[
    bool, typer.Option("--force", help="Accept a secret that is short, or that looks like another kind of key.")
]


@app.command("list", epilog="Examples: `hookline secrets list` · `hookline secrets list --stack prod --aws`")
def list_secrets(stack: Stack = "dev", aws: Aws = False, project: Folder = None) -> None:
    """Show the number of live secrets of each provider, and a short fingerprint of each secret."""
    with friendly():
        found = secret_store.live(find_target(project, stack, aws=aws))
    print_table(secret_table(found))


@app.command(
    "set",
    epilog="Examples: `hookline secrets set stripe` · `pass show stripe | hookline secrets set stripe` · "
    "`hookline secrets set transactions/shop`",
)
def set_secret(
    provider: Source, force: Force = False, stack: Stack = "dev", aws: Aws = False, project: Folder = None
) -> None:
    """Make one secret the only live one; read it from a prompt or from standard input."""
    with friendly():
        target = find_target(project, stack, aws=aws)
        now = secret_store.replace(target, provider, read_secret(f"secret of {provider}"), force=force)
    _say(now)
    out.print("The functions accept the new secret within a minute.")


@app.command("rotate", epilog="Example: `hookline secrets rotate stripe`")
def rotate_secret(
    provider: Source, force: Force = False, stack: Stack = "dev", aws: Aws = False, project: Folder = None
) -> None:
    """Make a new secret live and keep the old one live, so that both are valid while the provider switches."""
    with friendly():
        target = find_target(project, stack, aws=aws)
        now = secret_store.add(target, provider, read_secret(f"new secret of {provider}"), force=force)
    _say(now)
    where = "".join([f" --stack {stack}" if stack != "dev" else "", " --aws" if aws else ""])
    out.print("When the provider uses only the new secret, remove the old one:\n")
    for old in now.older:
        typer.echo(f"hookline secrets remove {provider} {old}{where}")


@app.command("remove", epilog="Example: `hookline secrets remove stripe 3f2a9c01`")
def remove_secret(
    provider: Source,
    fingerprint: Annotated[str, typer.Argument(help="The secret's fingerprint, as `hookline secrets list` shows it.")],
    stack: Stack = "dev",
    aws: Aws = False,
    project: Folder = None,
) -> None:
    """Remove one live secret; the last one cannot be removed."""
    with friendly():
        now = secret_store.remove(find_target(project, stack, aws=aws), provider, fingerprint)
    _say(now)
    out.print(f"Functions may accept signatures of the removed secret for {CACHE_MINUTES} more minutes.")


def _say(now: Live) -> None:
    out.print(f"[green]✓[/] {now.source}: {len(now.fingerprints)} live, {', '.join(now.fingerprints)}")
