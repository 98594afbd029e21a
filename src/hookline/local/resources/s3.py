"""The functions that make S3 buckets and their settings in the emulator."""

from __future__ import annotations

import json
from typing import Any

from hookline.local.provision.inputs import fit
from hookline.local.provision.making import Made, Making
from hookline.local.provision.policies import for_emulator
from hookline.local.provision.removal import EMPTY_BUCKET


def bucket(making: Making) -> Made:
    """Make an S3 bucket. The removal of the bucket also removes its objects, so a local stack can always be removed."""
    name = making.inputs.take("bucket")
    making.undo("s3", "delete_bucket", Bucket=name)
    making.call("s3", "create_bucket", Bucket=name)
    making.inputs.take("forceDestroy", False)
    making.undo("s3", EMPTY_BUCKET, Bucket=name)
    tags = [{"Key": key, "Value": value} for key, value in making.tags.items()]
    making.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tags})
    return Made(name, {"bucket": name, "arn": f"arn:aws:s3:::{name}"})


def encryption(making: Making) -> Made:
    """Set the encryption of new objects in an S3 bucket. The emulator stores the setting, but does not encrypt."""
    configuration = {"rules": making.inputs.take("rules")}
    return _set(making, "bucket_encryption", serverSideEncryptionConfiguration=configuration)


def public_access_block(making: Making) -> Made:
    """Set the public access block of an S3 bucket."""
    making.inputs.expect("skipDestroy", False)
    name = making.inputs.take("bucket")
    configuration = making.inputs.take_all()
    making.inputs.put("bucket", name)
    return _set(making, "public_access_block", publicAccessBlockConfiguration=configuration)


def policy(making: Making) -> Made:
    """Set the policy of an S3 bucket, without the statements that the emulator cannot evaluate."""
    document = for_emulator(making.inputs.take("policy"))
    if not document["Statement"]:
        return Made(making.inputs.take("bucket"), {})
    return _set(making, "bucket_policy", policy=json.dumps(document))


def versioning(making: Making) -> Made:
    """Leave the versioning of an S3 bucket off, because old versions would prevent the removal of the stack."""
    making.inputs.take("versioningConfiguration")
    return Made(making.inputs.take("bucket"), {})


def lifecycle(making: Making) -> Made:
    """Set the lifecycle rules of an S3 bucket. The emulator stores the rules, but does not move objects."""
    inputs = making.inputs
    size = {key: inputs.take(key) for key in ["transitionDefaultMinimumObjectSize"] if inputs.has(key)}
    configuration = {"rules": inputs.take("rules")}
    return _set(making, "bucket_lifecycle_configuration", lifecycleConfiguration=configuration, **size)


def _set(making: Making, setting: str, **values: Any) -> Made:
    """Set one setting of an S3 bucket. First record its undo step, the AWS operation that deletes the setting."""
    name = making.inputs.take("bucket")
    making.undo("s3", f"delete_{setting.removesuffix('_configuration')}", Bucket=name)
    operation = f"put_{setting}"
    making.call("s3", operation, **fit(making.cloud.client("s3"), operation, {"bucket": name, **values}))
    return Made(name, {})
