"""The command `hookline trigger`, which sends a sample event with a provider's signature."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import track

from hookline.cli.options import Aws, Folder, Stack, find_target
from hookline.cli.terminal import err, fail, friendly, read_secret
from hookline.errors import UserError
from hookline.operate.own_messages import require_verifiable
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer, endpoint, signer_for
from hookline.operate.sending.trigger import Order, Sent
from hookline.operate.sending.trigger import trigger as send_samples

LONG_COUNT = 20
"""Smallest number of webhooks for which `hookline trigger` shows a progress bar."""


def trigger(  # noqa: PLR0913 - the options of a command
    provider: Annotated[str | None, typer.Argument(help="The provider, such as stripe.")] = None,
    event: Annotated[str | None, typer.Argument(help="The sample event, such as payment.")] = None,
    override: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=VALUE", help="Change a value of the sample: dotted path, then JSON or text."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Number of webhooks; each has new ids.")] = 1,
    same: Annotated[
        bool, typer.Option("--same", help="Keep the sample's own ids; a second webhook is a duplicate.")
    ] = False,
    svix: Annotated[
        bool, typer.Option("--svix", help="Use the svix-* headers and their endpoint; standard_webhooks only.")
    ] = False,
    to: Annotated[str | None, typer.Option(metavar="URL", help="Send to this URL; requires --secret-stdin.")] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the signing secret from standard input.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the samples.")] = False,
    stack: Stack = "dev",
    aws: Aws = False,
    project: Folder = None,
) -> None:
    """Send a realistic sample event of a provider, signed with the stack's secret.

    A stack on AWS needs the setting `verifiable`, because the event reaches its consumers.

    The exit status is 1 if the endpoint does not accept one of the webhooks.
    """
    with friendly():
        if listed:
            typer.echo("\n".join(f"{name} {known}" for name, of_it in samples.names().items() for known in of_it))
            return
        if provider is None or event is None:
            raise UserError("give a provider and an event: `hookline trigger --list` shows all of them")
        samples.read(provider, event)
        route = "svix" if svix else ""
        signer, url = _signer(provider, to, stack, project, route=route, secret_stdin=secret_stdin, aws=aws)
        sent = _send(Order(signer, url, event, override or (), count, same, route))
    refused = len([one for one in sent if not one.accepted])
    if refused:
        fail(f"{refused} of {count} webhooks not accepted by {url}")


def _signer(
    provider: str, to: str | None, stack: Stack, project: Folder, *, route: str, secret_stdin: bool, aws: bool
) -> tuple[Signer, str]:
    """Return the signer of the sample webhooks and the URL of the endpoint that gets them.

    Args:
        provider: the provider's name.
        to: URL of another receiver; None for the endpoint of the stack.
        stack: name of the stack.
        project: the folder of the project.
        route: name of a second endpoint of the provider; empty for the provider's own endpoint.
        secret_stdin: whether to read the secret from standard input.
        aws: whether the stack is on AWS.
    """
    if to is not None:
        if not secret_stdin:
            raise UserError("--to requires --secret-stdin: give the receiver's secret on standard input")
        return Signer(provider, read_secret(f"secret of {provider}"), to), to
    target = find_target(project, stack, aws=aws)
    require_verifiable(target)
    signer = signer_for(target, provider)
    if secret_stdin:
        signer = Signer(provider, read_secret(f"secret of {provider}"), signer.square_url, signer.rsa)
    return signer, endpoint(target, route or provider)


def _send(order: Order) -> list[Sent]:
    hidden = order.count < LONG_COUNT
    bar = track(send_samples(order), "sending", order.count, console=err, transient=True, disable=hidden)
    sent = list(bar)
    for one in sent:
        typer.echo(f"{one.answer.status} {one.answer.code}  {' '.join(one.webhook.event_ids)}")
    return sent
