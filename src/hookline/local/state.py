"""What local mode has made, kept inside the emulator: gone when it is gone, so never stale.

One S3 object for each resource, written *before* its creation with the calls that undo it, and again after. A crash in
between leaves a record whose `ready` is false; the next `up` undoes it and starts over.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, is_missing

BUCKET = "hookline-local-state"


@dataclass
class Undo:
    """One call that takes back a part of a resource's creation."""

    service: str
    operation: str
    arguments: dict[str, Any]


@dataclass
class Record:
    """One resource that exists in the emulator.

    Attributes:
        urn: Pulumi's unique name.
        order: place in the order of creation.
        digest: fingerprint of its inputs; the same digest means that nothing changed.
        ready: False until its creation is complete.
        id: the provider's id.
        outputs: output properties.
        undo: calls that remove it, in the order of the creation's steps.
    """

    urn: str
    order: int
    digest: str
    ready: bool = False
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    undo: list[Undo] = field(default_factory=list[Undo])


@dataclass(frozen=True)
class State:
    """The records and the outputs of one stack."""

    cloud: Cloud
    stack: str

    def load(self) -> dict[str, Record]:
        """All records by URN, in the order of creation."""
        keys = self._keys(f"{self.stack}/resources/")
        with ThreadPoolExecutor(8) as pool:
            bodies = list(pool.map(self._get, keys))
        records = [Record(**body) for body in bodies]
        for record in records:
            record.undo = [Undo(**cast("dict[str, Any]", step)) for step in record.undo]
        return {r.urn: r for r in sorted(records, key=lambda r: r.order)}

    def save(self, record: Record) -> None:
        """Writes one record."""
        self._put(self._key(record.urn), asdict(record))

    def forget(self, record: Record) -> None:
        """Removes one record."""
        self.cloud.call("s3", "delete_object", Bucket=BUCKET, Key=self._key(record.urn))

    def save_outputs(self, outputs: dict[str, Any]) -> None:
        """Writes the stack's outputs, which marks it as provisioned."""
        self._put(f"{self.stack}/outputs.json", outputs)

    def outputs(self) -> dict[str, Any] | None:
        """The stack's outputs; None if it was never provisioned to the end."""
        try:
            return self._get(f"{self.stack}/outputs.json")
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def forget_outputs(self) -> None:
        """Removes the stack's outputs."""
        self.cloud.call("s3", "delete_object", Bucket=BUCKET, Key=f"{self.stack}/outputs.json")

    def _key(self, urn: str) -> str:
        return f"{self.stack}/resources/{hashlib.sha256(urn.encode()).hexdigest()[:32]}.json"

    def _keys(self, prefix: str) -> list[str]:
        return list_keys(self.cloud, prefix)

    def _get(self, key: str) -> dict[str, Any]:
        return json.loads(self.cloud.call("s3", "get_object", Bucket=BUCKET, Key=key)["Body"].read())

    def _put(self, key: str, content: dict[str, Any]) -> None:
        self.cloud.call("s3", "put_object", Bucket=BUCKET, Key=key, Body=json.dumps(content).encode())


def prepare(cloud: Cloud) -> None:
    """Makes the bucket; does nothing if it exists."""
    cloud.call("s3", "create_bucket", Bucket=BUCKET)


def stacks(cloud: Cloud) -> list[str]:
    """The names of all stacks that have anything in the emulator."""
    return sorted({key.split("/", 1)[0] for key in list_keys(cloud, "")})


def list_keys(cloud: Cloud, prefix: str) -> list[str]:
    """All keys of the state bucket that begin with a prefix."""
    pages = cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    try:
        return [item["Key"] for page in pages for item in page.get("Contents", [])]
    except ClientError as error:
        if is_missing(error):
            return []
        raise
