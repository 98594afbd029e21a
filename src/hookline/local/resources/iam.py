"""The functions that make IAM roles and their policies in the emulator."""

from __future__ import annotations

import json

from hookline.local.provision.inputs import fit
from hookline.local.provision.making import Made, Making

_BATCHED = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def role(making: Making) -> Made:
    """Make an IAM role, without its permissions boundary and its path.

    The emulator does not have your IAM policies, and does not find the policies of a role with a path.
    """
    name = making.inputs.take("name")
    for key in ("permissionsBoundary", "path"):
        making.inputs.take(key, None)
    making.inputs.expect("forceDetachPolicies", False)
    request = {
        "roleName": name,
        "assumeRolePolicyDocument": making.inputs.take("assumeRolePolicy"),
        "tags": [{"key": key, "value": value} for key, value in making.tags.items()],
        **making.inputs.take_all(),
    }
    making.undo("iam", "delete_role", RoleName=name)
    made = making.call("iam", "create_role", **fit(making.cloud.client("iam"), "create_role", request))["Role"]
    return Made(name, {"name": name, "arn": made["Arn"], "uniqueId": made["RoleId"]})


def role_policy(making: Making) -> Made:
    """Make an inline policy of an IAM role."""
    name, of_role = making.inputs.take("name"), making.inputs.take("role")
    policy = _with_batch_actions(making.inputs.take("policy"))
    making.undo("iam", "delete_role_policy", RoleName=of_role, PolicyName=name)
    making.call("iam", "put_role_policy", RoleName=of_role, PolicyName=name, PolicyDocument=policy)
    return Made(f"{of_role}:{name}", {"name": name})


def role_policy_attachment(making: Making) -> Made:
    """Attach a managed policy to an IAM role."""
    of_role, policy = making.inputs.take("role"), making.inputs.take("policyArn")
    making.undo("iam", "detach_role_policy", RoleName=of_role, PolicyArn=policy)
    making.call("iam", "attach_role_policy", RoleName=of_role, PolicyArn=policy)
    return Made(f"{of_role}/{policy}", {})


def _with_batch_actions(policy: str) -> str:
    """Return an IAM policy with batch actions added, such as `sqs:SendMessageBatch` for `sqs:SendMessage`.

    On AWS, permission for the single action includes the batch action. In the emulator, a policy must name the batch
    action too.
    """
    document = json.loads(policy)
    for statement in document["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        statement["Action"] = actions + [f"{action}Batch" for action in actions if action in _BATCHED]
    return json.dumps(document)
