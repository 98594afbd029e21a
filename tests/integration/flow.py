"""A stack whose roles a test may damage: its permissions, its logs, and what an operator does to it."""

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
        role: whose it is, such as `validator`.
        action: the IAM action.
        resource: a queue's name without suffix, or `stream`, `table`, `secret`, `archive`, `fifo`, `bus`, `log-group`,
            `*`.
    """

    role: str
    action: str
    resource: str


@dataclass(frozen=True)
class Flow:
    """The stack `flow`, and the means to damage and to observe it.

    Attributes:
        webhooks: sends to it, and watches its queues.
        emulator_log: what the emulator and the stream's poller print.
    """

    webhooks: Webhooks
    emulator_log: Path

    def client(self, service: str) -> Any:
        """The boto3 client of a service, with an administrator's permissions."""
        return self.webhooks.target.client(service)

    def function(self, role: str) -> str:
        """The name of the function that has a role."""
        outputs = self.webhooks.target.outputs
        return outputs.get(f"{role}_name") or outputs[f"{role}_function_name"]

    def permissions(self, role: str) -> list[Permission]:
        """All that a role may do, read from its policy."""
        return [Permission(role, action, resource_name(arn)) for action, arn in self._pairs(role)]

    @contextmanager
    def without(self, permission: Permission) -> Iterator[None]:
        """Takes one action on one resource from a role, and gives it back."""
        role, before = permission.role, self._policy(permission.role)
        # The batch form is a permission of its own in the emulator, and covered by the plain one on AWS.
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
        """Replaces the function's instances, which forgets what they have cached."""
        client, name = self.client("lambda"), self.function(role)
        timeout = client.get_function_configuration(FunctionName=name)["Timeout"]
        client.update_function_configuration(FunctionName=name, Timeout=timeout)
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def log_lines(self, role: str, since: int) -> list[dict[str, Any]]:
        """The function's own log lines since a moment in Unix milliseconds."""
        texts = (text for text in self.log_texts(role, since) if text.startswith("{"))
        return [json.loads(text) for text in texts]

    def log_texts(self, role: str, since: int) -> list[str]:
        """Everything in the function's log group since a moment in Unix milliseconds."""
        group = f"/aws/lambda/{self.function(role)}"
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        return [event["message"] for page in pages for event in page["events"]]

    def emulator_says(self, words: str, offset: int) -> bool:
        """Waits until the emulator's log holds these words after an offset in bytes."""
        return eventually(lambda: words in self.emulator_log.read_bytes()[offset:].decode(), pause=0.1)

    def write_poison(self, name: str) -> None:
        """Writes an item into the table as no validator would: of a transaction type that has no queue."""
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
        """Takes the next message out of the router's failure queue."""
        sqs, url = self.client("sqs"), self.webhooks.target.outputs["router_failures_queue_url"]
        found: list[dict[str, Any]] = []
        assert eventually(lambda: bool(found.extend(sqs.receive_message(QueueUrl=url).get("Messages", [])) or found))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        return json.loads(found[0]["Body"])

    def assert_arrive(self, arrivals: Arrivals, names: Iterable[str]) -> None:
        """All these events of the test come out of the queues."""
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
    """What an ARN names, without what differs between stacks."""
    names = [name for part, name in _NAMES.items() if part in arn]
    names += [queue for queue in _QUEUES if arn.endswith(f":{queue}-{SUFFIX}")]
    return names[0] if names else arn


def now() -> int:
    """The present, in Unix milliseconds."""
    return int(time.time() * 1000)
