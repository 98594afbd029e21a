"""The records of the resources in the emulator. The emulator stores the records, so they are lost when it stops.

A DynamoDB table of the emulator has one item for each resource. The item contains the undo steps: the AWS calls that
remove the resource. The item is written *before* the creation of the resource, and again afterwards. If a crash
interrupts the creation, `ready` is false in the record. Then the next `hookline up` removes the resource and makes it
again.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, cast

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, error_code, is_missing

TABLE = "hookline-local-state"
_OUTPUTS = "outputs"  # not a URN


@dataclass
class Undo:
    """An AWS call that undoes one step of a resource's creation."""

    service: str
    operation: str
    arguments: dict[str, Any]

    @property
    def key(self) -> str:
        """The call as text. Two undo steps with the same key remove the same thing from the emulator."""
        return json.dumps([self.service, self.operation, self.arguments], sort_keys=True)


@dataclass
class Record:
    """The record of one resource in the emulator.

    Attributes:
        urn: Pulumi's unique name for the resource.
        order: the position of the resource in the order of creation.
        digest: the fingerprint of the resource's inputs. If the digest is the same, the inputs have not changed.
        arguments: the names of the resource's inputs.
        dependencies: the URNs of the resources that are made earlier and removed later than this resource.
        ready: False until the creation of the resource is complete, and during its removal.
        id: the resource's id.
        outputs: the output properties.
        undo: the AWS calls that remove the resource, in the order of the creation. The last call is made first.
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
    def type(self) -> str:
        """The type token of the resource, such as `aws:sqs/queue:Queue`."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return self.urn.rsplit("::", 1)[1]


class Records(Protocol):
    """The type of an object that keeps the records of resources."""

    def save(self, record: Record) -> None:
        """Keep the record of a resource, in place of an earlier one."""
        ...

    def forget(self, record: Record) -> None:
        """Drop the record of a resource that does not exist any more."""
        ...


@dataclass(frozen=True)
class State:
    """The records of one stack's resources, and the stack's outputs, in the emulator's DynamoDB table."""

    cloud: Cloud
    stack: str

    def load(self) -> dict[str, Record]:
        """Return the records of all resources of the stack, as URN → record, in the order of creation."""
        found = [record for stack, record in _records(self.cloud) if stack == self.stack]
        return {r.urn: r for r in sorted(found, key=lambda r: r.order)}

    def save(self, record: Record) -> None:
        """Write the record of a resource."""
        self._put(record.urn, asdict(record))

    def forget(self, record: Record) -> None:
        """Remove the record of a resource."""
        self._delete(record.urn)

    def save_outputs(self, outputs: dict[str, Any]) -> None:
        """Write the stack's outputs. A stack with outputs counts as complete."""
        self._put(_OUTPUTS, outputs)

    def outputs(self) -> dict[str, Any] | None:
        """Return the stack's outputs, or None if the stack was never complete."""
        try:
            item = self.cloud.call("dynamodb", "get_item", TableName=TABLE, Key=self._key(_OUTPUTS)).get("Item")
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return json.loads(item["content"]["S"]) if item else None

    def forget_outputs(self) -> None:
        """Remove the stack's outputs, so that the stack does not count as complete any more."""
        self._delete(_OUTPUTS)

    def _key(self, name: str) -> dict[str, Any]:
        return {"stack": {"S": self.stack}, "name": {"S": name}}

    def _put(self, name: str, content: dict[str, Any]) -> None:
        item = self._key(name) | {"content": {"S": json.dumps(content)}}
        self.cloud.call("dynamodb", "put_item", TableName=TABLE, Item=item)

    def _delete(self, name: str) -> None:
        self.cloud.call("dynamodb", "delete_item", TableName=TABLE, Key=self._key(name))


def prepare(cloud: Cloud) -> None:
    """Make the emulator's table of records if it does not exist."""
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
    """Return the names of all stacks with a record or outputs in the emulator."""
    return sorted({item["stack"]["S"] for item in _items(cloud)})


def owners(cloud: Cloud) -> dict[str, str]:
    """Return the undo steps of all stacks, as key of the step → URN of the resource that the step removes."""
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
