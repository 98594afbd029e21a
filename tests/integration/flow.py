"""A stack whose permissions a test may change, with helpers for its logs and for operator actions."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from support.live.webhooks import ARRIVAL_SECONDS, Webhooks, eventually

from hookline.operate.arrivals import Arrivals

SUFFIX = "flow"
_QUEUES = ("payments-queue", "refunds-queue", "disputes-queue", "router-failures-queue")
_NAMES = {
    "/stream/": "stream",
    ":table/": "table",
    ":secret:": "secret",
    ":log-group:": "log-group",
    ":s3:::": "archive",
    ".fifo": "fifo",
    ":event-bus/": "bus",
}


class Permission(NamedTuple):
    """One action of a role on one resource.

    Attributes:
        role: name of the role, such as `validator`.
        action: the IAM action.
        resource: a queue's name without suffix, or `stream`, `table`, `secret`, `archive`, `fifo`, `bus`, `log-group`,
            `*`.
    """

    role: str
    action: str
    resource: str


@dataclass(frozen=True)
class Flow:
    """The stack `flow`, with methods to damage it and to observe it.

    Attributes:
        webhooks: sends to the stack, and watches its queues.
        emulator_log: log file of the emulator and the poller.
    """

    webhooks: Webhooks
    emulator_log: Path

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, with administrator permissions."""
        return self.webhooks.target.client(service)

    def function(self, role: str) -> str:
        """Return the name of the function that has a role."""
        outputs = self.webhooks.target.outputs
        return outputs.get(f"{role}_name") or outputs[f"{role}_function_name"]

    def permissions(self, role: str) -> list[Permission]:
        """Return all permissions of a role, from its policy."""
        return [Permission(role, action, resource_name(arn)) for action, arn in self._pairs(role)]

    @contextmanager
    def without(self, permission: Permission) -> Iterator[None]:
        """Remove one permission from a role, and restore it afterwards."""
        role, before = permission.role, self._policy(permission.role)
        # The emulator has a separate permission for the batch action; on AWS, the plain permission covers it.
        lost = {permission.action, f"{permission.action}Batch"}
        kept = [
            {"Effect": "Allow", "Action": action, "Resource": arn}
            for action, arn in self._pairs(role, with_batches=True)
            if not (action in lost and resource_name(arn) == permission.resource)
        ]
        self._put(role, {"Version": "2012-10-17", "Statement": kept})
        try:
            yield
        finally:
            self._put(role, before)

    def start_new_instances(self, role: str) -> None:
        """Replace the function's instances, so that their caches are empty."""
        client, name = self.client("lambda"), self.function(role)
        timeout = client.get_function_configuration(FunctionName=name)["Timeout"]
        client.update_function_configuration(FunctionName=name, Timeout=timeout)
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def log_lines(self, role: str, since: int) -> list[dict[str, Any]]:
        """Return the function's own log lines since a time in Unix milliseconds."""
        texts = (text for text in self.log_texts(role, since) if text.startswith("{"))
        return [json.loads(text) for text in texts]

    def log_texts(self, role: str, since: int) -> list[str]:
        """Return all messages in the function's log group since a time in Unix milliseconds."""
        group = f"/aws/lambda/{self.function(role)}"
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        return [event["message"] for page in pages for event in page["events"]]

    def emulator_says(self, words: str, offset: int) -> bool:
        """Wait until the emulator's log contains these words after an offset in bytes."""
        return eventually(lambda: words in self.emulator_log.read_bytes()[offset:].decode(), pause=0.1)

    def write_poison(self, name: str) -> None:
        """Write an item with an unknown transaction type into the table, which the validator never does."""
        values = {
            "event_id": f"{self.webhooks.prefix}{name}",
            "transaction_type": "gift",
            "fingerprint": "0" * 64,
            "message": "{}",
            "trace_id": "unknown",
            "received_at": "2026-01-31T12:00:00Z",
        }
        item = {key: {"S": value} for key, value in values.items()}
        self.client("dynamodb").put_item(TableName=self.webhooks.target.outputs["table_name"], Item=item)

    def next_failure(self) -> dict[str, Any]:
        """Remove the next message from the router's failure queue and return it."""
        sqs, url = self.client("sqs"), self.webhooks.target.outputs["router_failures_queue_url"]
        found: list[dict[str, Any]] = []
        assert eventually(lambda: bool(found.extend(sqs.receive_message(QueueUrl=url).get("Messages", [])) or found))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        return json.loads(found[0]["Body"])

    def assert_arrive(self, arrivals: Arrivals, names: Iterable[str]) -> None:
        """Assert that all these events of the test arrive in the queues."""
        assert arrivals.wait_for([f"{self.webhooks.prefix}{name}" for name in names], ARRIVAL_SECONDS) == set()

    def _pairs(self, role: str, *, with_batches: bool = False) -> list[tuple[str, str]]:
        return [
            (action, arn)
            for statement in self._policy(role)["Statement"]
            for action in statement["Action"]
            for arn in statement["Resource"]
            if with_batches or not action.endswith("Batch")
        ]

    def _policy(self, role: str) -> dict[str, Any]:
        names = {"RoleName": f"{role}-role-{SUFFIX}", "PolicyName": f"{role}-policy-{SUFFIX}"}
        return self.client("iam").get_role_policy(**names)["PolicyDocument"]

    def _put(self, role: str, policy: dict[str, Any]) -> None:
        names = {"RoleName": f"{role}-role-{SUFFIX}", "PolicyName": f"{role}-policy-{SUFFIX}"}
        self.client("iam").put_role_policy(**names, PolicyDocument=json.dumps(policy))


def resource_name(arn: str) -> str:
    """Return the name of an ARN's resource, without the parts that differ between stacks."""
    names = [name for part, name in _NAMES.items() if part in arn]
    names += [queue for queue in _QUEUES if arn.endswith(f":{queue}-{SUFFIX}")]
    return names[0] if names else arn


def now() -> int:
    """Return the current time in Unix milliseconds."""
    return int(time.time() * 1000)
