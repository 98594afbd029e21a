"""SQS queues and their policies."""

from __future__ import annotations

import json

from hookline.local.making import Made, Making

_ATTRIBUTES = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def queue(making: Making) -> Made:
    """A standard queue."""
    name = making.inputs.take("name")
    making.inputs.expect("fifoQueue", False)
    attributes = {aws: str(making.inputs.take(key)) for key, aws in _ATTRIBUTES.items() if making.inputs.has(key)}
    url = f"{making.cloud.endpoint}/{making.cloud.account}/{name}"
    making.undo("sqs", "delete_queue", QueueUrl=url)
    url = making.call("sqs", "create_queue", QueueName=name, Attributes=attributes, tags=making.tags)["QueueUrl"]
    arn = making.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    return Made(url, {"url": url, "arn": arn, "name": name})


def queue_policy(making: Making) -> Made:
    """Who may use a queue; a rule that demands TLS is left out, since the emulator speaks plain HTTP on loopback."""
    policy = json.loads(making.inputs.take("policy"))
    statements = [s for s in policy["Statement"] if s.get("Condition") != _WITHOUT_TLS]
    if not statements:
        return Made(making.inputs.take("queueUrl"), {})
    return _attribute(making, "Policy", json.dumps({**policy, "Statement": statements}))


def redrive_allow_policy(making: Making) -> Made:
    """Which queues may name this one as their dead-letter queue."""
    return _attribute(making, "RedriveAllowPolicy", making.inputs.take("redriveAllowPolicy"))


def _attribute(making: Making, name: str, value: str) -> Made:
    url = making.inputs.take("queueUrl")
    making.undo("sqs", "set_queue_attributes", QueueUrl=url, Attributes={name: ""})
    making.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={name: value})
    return Made(url, {})
