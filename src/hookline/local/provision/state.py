"""What local mode has made, kept inside the emulator: gone when it is gone, so never stale.

One item of a DynamoDB table for each resource, written *before* its creation with the calls that undo it, and again
after. A crash in between leaves a record whose `ready` is false; the next `up` undoes it and starts over.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, error_code, is_missing

TABLE = "hookline-local-state"
_OUTPUTS = "outputs"  # no URN looks like this


@dataclass
class Undo:
    """One call that takes back a part of a resource's creation."""

    service: str
    operation: str
    arguments: dict[str, Any]

    @property
    def key(self) -> str:
        """Names the thing that the call removes: two resources with the same key are the same thing in the cloud."""
        return json.dumps([self.service, self.operation, self.arguments], sort_keys=True)


@dataclass
class Record:
    """One resource that exists in the emulator.

    Attributes:
        urn: Pulumi's unique name.
        order: place in the order of creation.
        digest: fingerprint of its inputs; the same digest means that nothing changed.
        arguments: the names of its inputs.
        dependencies: URNs of what must be there before it, and must not go before it.
        ready: False until its creation is complete, and again while it is removed.
        id: the provider's id.
        outputs: output properties.
        undo: calls that remove it, in the order of the creation's steps.
    """

    urn: str
    order: int
    digest: str
    arguments: list[str] = field(default_factory=list[str])
    dependencies: list[str] = field(default_factory=list[str])
    ready: bool = False
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    undo: list[Undo] = field(default_factory=list[Undo])

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return self.urn.rsplit("::", 1)[1]


@dataclass(frozen=True)
class State:
    """The records and the outputs of one stack."""

    cloud: Cloud
    stack: str

    def load(self) -> dict[str, Record]:
        """All records by URN, in the order of creation."""
        found = [record for stack, record in _records(self.cloud) if stack == self.stack]
        return {r.urn: r for r in sorted(found, key=lambda r: r.order)}

    def save(self, record: Record) -> None:
        """Writes one record."""
        self._put(record.urn, asdict(record))

    def forget(self, record: Record) -> None:
        """Removes one record."""
        self._delete(record.urn)

    def save_outputs(self, outputs: dict[str, Any]) -> None:
        """Writes the stack's outputs, which marks it as provisioned."""
        self._put(_OUTPUTS, outputs)

    def outputs(self) -> dict[str, Any] | None:
        """The stack's outputs; None if it was never provisioned to the end."""
        try:
            item = self.cloud.call("dynamodb", "get_item", TableName=TABLE, Key=self._key(_OUTPUTS)).get("Item")
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return json.loads(item["content"]["S"]) if item else None

    def forget_outputs(self) -> None:
        """Removes the stack's outputs."""
        self._delete(_OUTPUTS)

    def _key(self, name: str) -> dict[str, Any]:
        return {"stack": {"S": self.stack}, "name": {"S": name}}

    def _put(self, name: str, content: dict[str, Any]) -> None:
        item = self._key(name) | {"content": {"S": json.dumps(content)}}
        self.cloud.call("dynamodb", "put_item", TableName=TABLE, Item=item)

    def _delete(self, name: str) -> None:
        self.cloud.call("dynamodb", "delete_item", TableName=TABLE, Key=self._key(name))


def prepare(cloud: Cloud) -> None:
    """Makes the table; does nothing if it exists."""
    key = {"stack": "HASH", "name": "RANGE"}
    try:
        cloud.call(
            "dynamodb",
            "create_table",
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in key],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in key.items()],
            BillingMode="PAY_PER_REQUEST",
        )
    except ClientError as error:
        if error_code(error) != "ResourceInUseException":
            raise


def stacks(cloud: Cloud) -> list[str]:
    """The names of all stacks that have anything in the emulator."""
    return sorted({item["stack"]["S"] for item in _items(cloud)})


def owners(cloud: Cloud) -> dict[str, str]:
    """What every stack has made: `Undo.key` → URN of its resource."""
    return {step.key: record.urn for _, record in _records(cloud) for step in record.undo}


def _records(cloud: Cloud) -> Generator[tuple[str, Record]]:
    for item in _items(cloud):
        if item["name"]["S"] != _OUTPUTS:
            record = Record(**json.loads(item["content"]["S"]))
            record.undo = [Undo(**cast("dict[str, Any]", step)) for step in record.undo]
            yield item["stack"]["S"], record


def _items(cloud: Cloud) -> list[dict[str, Any]]:
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    try:
        return [item for page in pages for item in page["Items"]]
    except ClientError as error:
        if is_missing(error):
            return []
        raise
