"""The function that makes SNS topics in the emulator."""

from __future__ import annotations

from hookline.local.cloud import REGION
from hookline.local.provision.making import Made, Making


def topic(making: Making) -> Made:
    """Make an SNS topic, without encryption."""
    name = making.inputs.take("name")
    arn = f"arn:aws:sns:{REGION}:{making.cloud.account}:{name}"
    making.undo("sns", "delete_topic", TopicArn=arn)
    tags = [{"Key": key, "Value": value} for key, value in making.tags.items()]
    making.call("sns", "create_topic", Name=name, Tags=tags)
    return Made(arn, {"arn": arn, "name": name})
