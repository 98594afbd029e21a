"""The functions that make EventBridge buses, rules, targets and bus archives, and policies of log groups.

The emulator does not deliver bus events to log groups and does not retry a failed delivery to a function. It also has
no dead-letter queues for targets of rules. So in local mode, each rule has another target: an extra SQS queue, called
the hidden queue. `hookline.local.stand_ins.bus` delivers the events from the hidden queue to the rule's real target.
"""

from __future__ import annotations

from hookline.local.provision.inputs import fit
from hookline.local.provision.making import Made, Making
from hookline.local.stand_ins.bus import DEAD_LETTERS_TAG, HIDDEN_QUEUE, RULE_TAG, TARGET_TAG


def event_bus(making: Making) -> Made:
    """Make a custom EventBridge bus."""
    name = making.inputs.take("name")
    making.undo("events", "delete_event_bus", Name=name)
    request = {"name": name, "tags": _tags(making), **making.inputs.take_all()}
    made = making.call("events", "create_event_bus", **fit(making.cloud.client("events"), "create_event_bus", request))
    return Made(name, {"name": name, "arn": made["EventBusArn"]})


def rule(making: Making) -> Made:
    """Make a rule of an EventBridge bus."""
    inputs = making.inputs
    name, bus = inputs.take("name"), inputs.take("eventBusName", "default")
    inputs.expect("forceDestroy", False)
    making.undo("events", "delete_rule", Name=name, EventBusName=bus)
    request = {"name": name, "eventBusName": bus, "tags": _tags(making), **inputs.take_all()}
    made = making.call("events", "put_rule", **fit(making.cloud.client("events"), "put_rule", request))
    return Made(f"{bus}/{name}", {"name": name, "arn": made["RuleArn"]})


def target(making: Making) -> Made:
    """Make an extra SQS queue as the target of an EventBridge rule. The queue's tags name the rule's real target."""
    inputs = making.inputs
    rule_name, bus, target_id = inputs.take("rule"), inputs.take("eventBusName", "default"), inputs.take("targetId")
    # The emulator's rights are enough for every target, and the stand-in retries without an end.
    inputs.take("roleArn", None)
    inputs.take("retryPolicy", None)
    tags = {
        TARGET_TAG: inputs.take("arn"),
        RULE_TAG: making.call("events", "describe_rule", Name=rule_name, EventBusName=bus)["Arn"],
        DEAD_LETTERS_TAG: inputs.take("deadLetterConfig", {}).get("arn", ""),
    }
    queue = f"{HIDDEN_QUEUE}{target_id}"
    making.undo("sqs", "delete_queue", QueueUrl=f"{making.cloud.endpoint}/{making.cloud.account}/{queue}")
    making.call("sqs", "create_queue", QueueName=queue, tags=tags)
    making.undo("events", "remove_targets", Rule=rule_name, EventBusName=bus, Ids=[target_id])
    arn = f"arn:aws:sqs:us-east-1:{making.cloud.account}:{queue}"
    making.call("events", "put_targets", Rule=rule_name, EventBusName=bus, Targets=[{"Id": target_id, "Arn": arn}])
    return Made(f"{bus}-{rule_name}-{target_id}", {"targetId": target_id})


def archive(making: Making) -> Made:
    """Make an archive of an EventBridge bus."""
    name = making.inputs.take("name")
    making.undo("events", "delete_archive", ArchiveName=name)
    request = {"archiveName": name, **making.inputs.take_all()}
    made = making.call("events", "create_archive", **fit(making.cloud.client("events"), "create_archive", request))
    return Made(name, {"name": name, "arn": made["ArchiveArn"]})


def log_resource_policy(making: Making) -> Made:
    """Make a resource policy of log groups. The emulator stores the policy, but does not enforce it."""
    name, document = making.inputs.take("policyName"), making.inputs.take("policyDocument")
    making.undo("logs", "delete_resource_policy", policyName=name)
    making.call("logs", "put_resource_policy", policyName=name, policyDocument=document)
    return Made(name, {"policyName": name})


def _tags(making: Making) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in making.tags.items()]
