"""The actions that a function's role must allow, because Lambda uses this role to poll an event source."""

QUEUE_ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""Actions for an SQS queue ("Using Lambda with Amazon SQS")."""

STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
"""Actions for the stream of a DynamoDB table ("Using AWS Lambda with Amazon DynamoDB")."""
