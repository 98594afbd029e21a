"""The Pulumi program: it reads the settings, makes the pipelines of the stack and exports their outputs."""

import pulumi

from hookline.infra import (
    ProviderPipeline,
    ProviderPipelineArgs,
    StackSettings,
    TransactionPipeline,
    TransactionPipelineArgs,
    aws_provider,
)

settings = StackSettings.load(pulumi.Config("hookline"))
opts = pulumi.ResourceOptions(provider=aws_provider(settings.environment_suffix))
outputs: dict[str, pulumi.Input[object]] = {}
validator = None

if settings.transactions:
    transactions = TransactionPipeline("transactions", TransactionPipelineArgs(settings.transactions), opts)
    outputs |= transactions.outputs
    validator = transactions.validator if settings.forward_transactions else None

if settings.providers:
    providers = ProviderPipeline("providers", ProviderPipelineArgs(settings.providers, forward_to=validator), opts)
    outputs |= providers.outputs

for name, value in outputs.items():
    pulumi.export(name, value)
