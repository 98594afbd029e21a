"""The Pulumi program: it reads the settings, makes the pipelines of the stack and exports their outputs."""

import pulumi

from hookline.infra import (
    AlarmTopic,
    ApiDomain,
    Dashboard,
    DashboardArgs,
    LastUp,
    ProviderPipeline,
    ProviderPipelineArgs,
    StackSettings,
    TransactionPipeline,
    TransactionPipelineArgs,
    View,
    aws_provider,
)

settings = StackSettings.load(pulumi.Config("hookline"))
last_up = LastUp()
opts = pulumi.ResourceOptions(provider=aws_provider(settings.environment_suffix, settings.tags))
outputs: dict[str, pulumi.Input[object]] = {}
views: list[View] = []
validator = None

if settings.domain:
    domain = ApiDomain("domain", settings.domain, opts)
    outputs |= domain.outputs
    settings = settings.served_at(domain.name)

if settings.alarm_topic:
    settings = settings.notifying(AlarmTopic("alarms", settings.alarm_topic, opts).arn)

if settings.transactions:
    transactions = TransactionPipeline("transactions", TransactionPipelineArgs(settings.transactions), opts)
    outputs |= transactions.outputs
    views.append(transactions.view)
    validator = transactions.validator if settings.forward_transactions else None

if settings.providers:
    providers = ProviderPipeline("providers", ProviderPipelineArgs(settings.providers, forward_to=validator), opts)
    outputs |= providers.outputs
    views.append(providers.view)

dashboard = Dashboard("hookline", DashboardArgs(settings.environment_suffix, views), opts)
outputs["dashboard_name"] = dashboard.dashboard.dashboard_name

for name, value in outputs.items():
    pulumi.export(name, value)

last_up.warn_of_losses(outputs)
