"""The Pulumi program: settings → transactions pipeline → outputs."""

import pulumi

from hookline.infra import TransactionPipeline, TransactionPipelineArgs, TransactionsSettings, stack_provider

settings = TransactionsSettings.load(pulumi.Config())
pipeline = TransactionPipeline(
    "transactions",
    TransactionPipelineArgs(settings=settings),
    pulumi.ResourceOptions(provider=stack_provider(settings.environment_suffix)),
)
for name, value in pipeline.outputs.items():
    pulumi.export(name, value)
