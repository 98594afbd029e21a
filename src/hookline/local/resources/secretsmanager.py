"""The function that makes Secrets Manager secrets in the emulator."""

from __future__ import annotations

from hookline.local.provision.making import Made, Making


def secret(making: Making) -> Made:
    """Make a Secrets Manager secret without a value."""
    name = making.inputs.take("name")
    making.inputs.expect("recoveryWindowInDays", 0, 30)  # the emulator deletes a secret at once
    making.inputs.expect("forceOverwriteReplicaSecret", False)
    key = {"KmsKeyId": making.inputs.take("kmsKeyId")} if making.inputs.has("kmsKeyId") else {}
    making.undo("secretsmanager", "delete_secret", SecretId=name, ForceDeleteWithoutRecovery=True)
    made = making.call(
        "secretsmanager",
        "create_secret",
        Name=name,
        Description=making.inputs.take("description", ""),
        **key,
        Tags=[{"Key": key, "Value": value} for key, value in making.tags.items()],
    )
    # The emulator makes a version without a value. On AWS, a secret without a value has no version at all.
    making.call(
        "secretsmanager",
        "update_secret_version_stage",
        SecretId=name,
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=made["VersionId"],
    )
    return Made(made["ARN"], {"name": name, "arn": made["ARN"]})
