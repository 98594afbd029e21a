"""The Pulumi program: it reads the settings, makes the pipelines of the stack and exports their outputs."""

import pulumi

from hookline.infra import (
    AlarmTopic,
    AlarmTopicArgs,
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
suffix = settings.environment_suffix
opts = pulumi.ResourceOptions(provider=aws_provider(suffix))
outputs: dict[str, pulumi.Input[object]] = {}
views: list[View] = []
validator = None

if settings.alarm_email:
    topic = AlarmTopic("alarms", AlarmTopicArgs(suffix, settings.alarm_email), opts)
    settings = settings.notifying(topic.arn)

if settings.transactions:
    transactions = TransactionPipeline("transactions", TransactionPipelineArgs(settings.transactions), opts)
    outputs |= transactions.outputs
    views.append(transactions.view)
    validator = transactions.validator if settings.forward_transactions else None

if settings.providers:
    providers = ProviderPipeline("providers", ProviderPipelineArgs(settings.providers, forward_to=validator), opts)
    outputs |= providers.outputs
    views.append(providers.view)

dashboard = Dashboard("hookline", DashboardArgs(suffix, views), opts)
outputs["dashboard_name"] = dashboard.dashboard.dashboard_name

for name, value in outputs.items():
    pulumi.export(name, value)

last_up.warn_of_losses(outputs)
