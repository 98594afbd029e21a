"""The function that makes Step Functions state machines in the emulator."""

from __future__ import annotations

from hookline.local.provision.inputs import fit
from hookline.local.provision.making import Made, Making


def state_machine(making: Making) -> Made:
    """Make a state machine."""
    name = making.inputs.take("name")
    arn = f"arn:aws:states:us-east-1:{making.cloud.account}:stateMachine:{name}"
    tags = [{"key": key, "value": value} for key, value in making.tags.items()]
    request = {"name": name, "tags": tags, **making.inputs.take_all()}
    making.undo("stepfunctions", "delete_state_machine", stateMachineArn=arn)
    client = making.cloud.client("stepfunctions")
    making.call("stepfunctions", "create_state_machine", **fit(client, "create_state_machine", request))
    return Made(arn, {"name": name, "arn": arn})
