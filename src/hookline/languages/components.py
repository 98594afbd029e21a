"""The components that programs in other languages can use. Each one makes the components of `hookline.infra`.

Pulumi's analyser reads the annotations of this module as types, so they must not become strings: this module must not
import annotations from `__future__`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pulumi

from hookline import infra
from hookline.infra import DashboardArgs
from hookline.infra.parts.names import Names
from hookline.infra.settings.checks import require_different_paths
from hookline.languages.arguments import NAME_PREFIX, arguments, settings_from

C = TypeVar("C", bound=type[pulumi.ComponentResource])


def takes(*settings: type) -> Callable[[C], C]:
    """Give a component the arguments of some settings classes, in the form in which Pulumi's analyser reads them."""

    def give(cls: C) -> C:
        args = type(f"{cls.__name__}Args", (), {"__annotations__": arguments(settings), "__module__": __name__})
        cls.__init__.__annotations__["args"] = args
        return cls

    return give


class TransactionOutputs:
    """The outputs of a component with the transactions system."""

    webhook_url: pulumi.Output[str]
    """The URL that accepts events by POST."""
    queue_urls: Mapping[str, pulumi.Output[str]]
    """The URL of each queue: payments, refunds, disputes → URL."""
    queue_arns: Mapping[str, pulumi.Output[str]]
    """The ARN of each queue, for the permissions of your consumers: payments, refunds, disputes → ARN."""
    dead_letter_urls: Mapping[str, pulumi.Output[str]]
    """The URL of each dead-letter queue: payments, refunds, disputes → URL."""
    signing_secret_arn: pulumi.Output[str]
    """The ARN of the secret with the senders' signing secrets. It has no value at first."""
    transaction_outputs: pulumi.Output[Mapping[str, Any]]
    """All outputs of the system with the names that the commands in hookline's docs use, such as `router_name`."""

    def _show_transactions(self, pipeline: infra.TransactionPipeline) -> dict[str, Any]:
        self.webhook_url = pipeline.webhook_url
        self.queue_urls = pipeline.queue_urls
        self.queue_arns = {name: parts.queue.arn for name, parts in pipeline.queues.items()}
        self.dead_letter_urls = pipeline.dead_letter_urls
        self.signing_secret_arn = pipeline.signing_secret_arn
        self.transaction_outputs = pulumi.Output.from_input(pipeline.outputs)
        return {name: getattr(self, name) for name in TransactionOutputs.__annotations__}


class ProviderOutputs:
    """The outputs of a component with the providers system."""

    api_endpoint: pulumi.Output[str]
    """The endpoint of Standard Webhooks senders. The other endpoints are `{apiEndpoint}/{provider}`."""
    bus_arn: pulumi.Output[str]
    """The ARN of the event bus."""
    bus_name: pulumi.Output[str]
    """The name of the event bus, for your own rules."""
    secrets_arn: pulumi.Output[str]
    """The ARN of the secret with the providers' signing secrets. It has no value at first."""
    provider_outputs: pulumi.Output[Mapping[str, Any]]
    """All outputs of the system with the names that the commands in hookline's docs use, such as `target_grants`."""

    def _show_providers(self, pipeline: infra.ProviderPipeline) -> dict[str, Any]:
        self.api_endpoint = pipeline.api_endpoint
        self.bus_arn = pipeline.bus_arn
        self.bus_name = pipeline.bus.bus.name
        self.secrets_arn = pipeline.secrets_arn
        self.provider_outputs = pulumi.Output.from_input(pipeline.outputs)
        return {name: getattr(self, name) for name in ProviderOutputs.__annotations__}


@takes(infra.TransactionsSettings)
class TransactionPipeline(TransactionOutputs, pulumi.ComponentResource):
    """The pipeline from `POST /webhook` to the payments, refunds and disputes queues."""

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pipeline. Raise `SettingsError` for a wrong argument."""
        wanted = _transactions(args)
        super().__init__("hookline:index:TransactionPipeline", name, None, opts)
        pipeline = infra.TransactionPipeline(name, wanted, pulumi.ResourceOptions(parent=self))
        self.register_outputs(self._show_transactions(pipeline))


@takes(infra.ProvidersSettings)
class ProviderPipeline(ProviderOutputs, pulumi.ComponentResource):
    """The pipeline from `POST /webhook/{provider}` to the event bus, without forwarding to the transactions system."""

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pipeline. Raise `SettingsError` for a wrong argument."""
        wanted = _providers(args)
        super().__init__("hookline:index:ProviderPipeline", name, None, opts)
        pipeline = infra.ProviderPipeline(name, wanted, pulumi.ResourceOptions(parent=self))
        self.register_outputs(self._show_providers(pipeline))


@takes(infra.TransactionsSettings, infra.ProvidersSettings)
class Pipelines(TransactionOutputs, ProviderOutputs, pulumi.ComponentResource):
    """Both pipelines, with a dashboard. The providers' transactions also go to the three queues of transactions.

    The resources have the same names as those of hookline's own program.
    """

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Make both pipelines. Raise `SettingsError` for a wrong argument."""
        for_transactions, for_providers = _transactions(args), _providers(args)
        require_different_paths(
            for_transactions.settings.transactions_base_path, for_providers.settings.providers_base_path
        )
        super().__init__("hookline:index:Pipelines", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        transactions = infra.TransactionPipeline("transactions", for_transactions, child)
        forwarding = replace(for_providers, forward_to=transactions.validator)
        providers = infra.ProviderPipeline("providers", forwarding, child)
        suffix = for_transactions.settings.environment_suffix
        views = [transactions.view, providers.view]
        infra.Dashboard(
            Names(suffix, for_transactions.name_prefix).part("hookline"), DashboardArgs(suffix, views), child
        )
        self.register_outputs(self._show_transactions(transactions) | self._show_providers(providers))


def _transactions(args: Mapping[str, Any]) -> infra.TransactionPipelineArgs:
    settings = settings_from(infra.TransactionsSettings, args)
    return infra.TransactionPipelineArgs(settings, name_prefix=_prefix(args, settings.environment_suffix))


def _providers(args: Mapping[str, Any]) -> infra.ProviderPipelineArgs:
    settings = settings_from(infra.ProvidersSettings, args)
    return infra.ProviderPipelineArgs(settings, name_prefix=_prefix(args, settings.environment_suffix))


def _prefix(args: Mapping[str, Any], suffix: str) -> str:
    try:
        return Names(suffix, args.get(NAME_PREFIX, "")).prefix
    except ValueError as error:
        raise infra.SettingsError("hookline:namePrefix", f"is not allowed: {error}") from None


COMPONENTS: list[type[pulumi.ComponentResource]] = [Pipelines, ProviderPipeline, TransactionPipeline]
"""The components that other languages see."""
