"""IAM roles and their inline policies."""

from __future__ import annotations

from hookline.local.inputs import fit
from hookline.local.provisioner import Made, Making


def role(making: Making) -> Made:
    """A role."""
    name = making.inputs.take("name")
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
    """An inline policy of a role."""
    name, of_role = making.inputs.take("name"), making.inputs.take("role")
    making.undo("iam", "delete_role_policy", RoleName=of_role, PolicyName=name)
    making.call(
        "iam", "put_role_policy", RoleName=of_role, PolicyName=name, PolicyDocument=making.inputs.take("policy")
    )
    return Made(f"{of_role}:{name}", {"name": name})
