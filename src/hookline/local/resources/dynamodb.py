"""The function that makes DynamoDB tables in the emulator."""

from __future__ import annotations

from typing import Any

from hookline.local.provision.inputs import fit
from hookline.local.provision.making import Made, Making


def table(making: Making) -> Made:
    """Make a DynamoDB table with its stream, expiry and point-in-time recovery."""
    name, ttl, recovery = (making.inputs.take(key, {}) for key in ("name", "ttl", "pointInTimeRecovery"))
    values = making.inputs.take_all()
    request: dict[str, Any] = {
        "tableName": name,
        "attributeDefinitions": [
            {"attributeName": a["name"], "attributeType": a["type"]} for a in values.pop("attributes")
        ],
        "keySchema": [{"attributeName": values.pop("hashKey"), "keyType": "HASH"}],
        "streamSpecification": _stream(values),
        "sseSpecification": _encryption(values),
        "tags": [{"key": key, "value": value} for key, value in making.tags.items()],
        **values,
        "deletionProtectionEnabled": False,  # a local stack can always be removed
    }
    making.undo("dynamodb", "delete_table", TableName=name)
    created = making.call("dynamodb", "create_table", **fit(making.cloud.client("dynamodb"), "create_table", request))
    _configure(making, name, ttl, recovery)
    description = created["TableDescription"]
    return Made(
        name,
        {"name": name, "arn": description["TableArn"], "streamArn": description.get("LatestStreamArn", "")},
    )


def _stream(values: dict[str, Any]) -> dict[str, Any]:
    enabled = values.pop("streamEnabled", False)
    view = values.pop("streamViewType", None)
    return {"streamEnabled": enabled} | ({"streamViewType": view} if enabled else {})


def _encryption(values: dict[str, Any]) -> dict[str, Any]:
    encryption = values.pop("serverSideEncryption", {"enabled": False})
    key = encryption.pop("kmsKeyArn", None)
    return encryption if key is None else {**encryption, "sseType": "KMS", "kmsMasterKeyId": key}


def _configure(making: Making, name: str, ttl: dict[str, Any], recovery: dict[str, Any]) -> None:
    client = making.cloud.client("dynamodb")
    if ttl:
        fitted = fit(client, "update_time_to_live", {"tableName": name, "timeToLiveSpecification": ttl})
        client.update_time_to_live(**fitted)
    if recovery:
        enabled = recovery.pop("enabled")
        specification = {"pointInTimeRecoveryEnabled": enabled, **recovery}
        request = {"tableName": name, "pointInTimeRecoverySpecification": specification}
        client.update_continuous_backups(**fit(client, "update_continuous_backups", request))
