"""The functions that make SQS queues and their policies in the emulator."""

from __future__ import annotations

import json

from hookline.local.provision.making import Made, Making
from hookline.local.provision.policies import for_emulator
from hookline.local.resources.tags import set_tags

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
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_FIFO_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
}


def queue(making: Making) -> Made:
    """Make a standard or FIFO SQS queue."""
    name, fifo, attributes = _read(making)
    attributes |= {"FifoQueue": "true"} if fifo else {}
    url = f"{making.cloud.endpoint}/{making.cloud.account}/{name}"
    making.undo("sqs", "delete_queue", QueueUrl=url)
    url = making.call("sqs", "create_queue", QueueName=name, Attributes=attributes, tags=making.tags)["QueueUrl"]
    arn = making.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    return Made(url, {"url": url, "arn": arn, "name": name})


def update_queue(making: Making, before: Made) -> Made | None:
    """Update an SQS queue in place, with its messages. Return None if its name changed, so that it must be made again.

    A FIFO queue has another name than a standard queue, because its name ends with `.fifo`.
    """
    name, _, attributes = _read(making)
    if name != before.outputs["name"]:
        return None
    making.call("sqs", "set_queue_attributes", QueueUrl=before.id, Attributes=attributes)
    set_tags(
        making,
        making.call("sqs", "list_queue_tags", QueueUrl=before.id).get("Tags", {}),
        lambda tags: making.call("sqs", "tag_queue", QueueUrl=before.id, Tags=tags),
        lambda keys: making.call("sqs", "untag_queue", QueueUrl=before.id, TagKeys=keys),
    )
    return before


def queue_policy(making: Making) -> Made:
    """Set the policy of an SQS queue. Leave out statements that require TLS, because the emulator uses plain HTTP."""
    policy = for_emulator(making.inputs.take("policy"))
    if not policy["Statement"]:
        return Made(making.inputs.take("queueUrl"), {})
    return _attribute(making, "Policy", json.dumps(policy))


def redrive_allow_policy(making: Making) -> Made:
    """Set which SQS queues are allowed to use a queue as their dead-letter queue."""
    return _attribute(making, "RedriveAllowPolicy", making.inputs.take("redriveAllowPolicy"))


def _read(making: Making) -> tuple[str, bool, dict[str, str]]:
    """Take all inputs of a queue. Return its name, whether it is a FIFO queue, and its other attributes."""
    name, fifo = making.inputs.take("name"), making.inputs.take("fifoQueue", False)
    known = _ATTRIBUTES | (_FIFO_ATTRIBUTES if fifo else {})
    return name, fifo, {aws: _text(making.inputs.take(key)) for key, aws in known.items() if making.inputs.has(key)}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attribute(making: Making, name: str, value: str) -> Made:
    url = making.inputs.take("queueUrl")
    making.undo("sqs", "set_queue_attributes", QueueUrl=url, Attributes={name: ""})
    making.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={name: value})
    return Made(url, {})
