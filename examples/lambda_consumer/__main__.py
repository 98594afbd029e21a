"""The transactions system, and a Lambda function that books each message of the payments queue in a table."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from hookline.infra import (
    Function,
    FunctionArgs,
    Statement,
    Table,
    TableArgs,
    TransactionPipeline,
    TransactionPipelineArgs,
    TransactionsSettings,
    aws_provider,
)

CODE = Path(__file__).parent / "consumer.py"

settings = TransactionsSettings.load(pulumi.Config("hookline"))
suffix = settings.environment_suffix
opts = pulumi.ResourceOptions(provider=aws_provider(suffix))

pipeline = TransactionPipeline("transactions", TransactionPipelineArgs(settings), opts)
payments = pipeline.queues["payments"].queue
books = Table("books", TableArgs(suffix=suffix, hash_key="event_id"), opts).table

consumer = Function(
    "bookkeeper",
    FunctionArgs(
        suffix=suffix,
        description="Books payments",
        handler="consumer.handler",
        code=pulumi.AssetArchive({"consumer.py": pulumi.FileAsset(str(CODE))}),
        timeout=30,  # the visibility timeout of the queue is six times as long, as AWS recommends
        reserved_concurrency=None,
        environment={"BOOKS": books.name},
        statements=[
            Statement(
                "ReadPayments",
                ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                [payments.arn],
            ),
            Statement("Book", ["dynamodb:PutItem"], [books.arn]),
        ],
    ),
    opts,
)
aws.lambda_.EventSourceMapping(
    f"payments-to-bookkeeper-{suffix}",
    event_source_arn=payments.arn,
    function_name=consumer.name,
    batch_size=10,
    function_response_types=["ReportBatchItemFailures"],  # only the messages that failed come back
    opts=pulumi.ResourceOptions(provider=opts.provider, depends_on=[consumer]),
)

for name, value in pipeline.outputs.items():
    pulumi.export(name, value)
pulumi.export("books", books.name)
