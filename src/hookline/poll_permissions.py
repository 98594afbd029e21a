"""What the role of a function must allow, or AWS refuses to feed it: Lambda polls with the function's own role."""

QUEUE_ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""For a queue ("Using Lambda with Amazon SQS")."""

STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
"""For the stream of a DynamoDB table ("Using AWS Lambda with Amazon DynamoDB")."""
