"""An emulator's clients in memory, for the tests of local mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.fakes.sqs import FakeSqs
from support.fakes.table import FakeTable

from hookline.local.cloud import Cloud, Credentials

CREDENTIALS = Credentials("AKIATEST", "secret")
ENDPOINT = "http://127.0.0.1:9"  # the discard port: nothing answers there


Answer = Callable[[dict[str, Any]], dict[str, Any]] | dict[str, Any] | Exception | list[Any]
"""An answer, an error to raise, a function of the arguments, or a list of answers that are given in turn."""


@dataclass
class FakeCloud(Cloud):
    """An emulator that answers calls from a script, and notes them; `dynamodb` and `sqs` keep state in memory.

    Attributes:
        table: what keeps the state of local mode.
        sqs: the client of SQS.
        answers: operation → its answer; an operation that is not named gets an empty one.
        calls: every other call: service, operation, arguments.
    """

    endpoint: str = ENDPOINT
    credentials: Credentials = CREDENTIALS
    table: FakeTable = field(default_factory=lambda: FakeTable("stack", "name", made=False))
    sqs: FakeSqs = field(default_factory=FakeSqs)
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """Return the table, or the queues; any other client is the real one, with which nothing can be called."""
        return {"dynamodb": self.table, "sqs": self.sqs}.get(service) or super().client(service)

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return the scripted answer, or an empty one."""
        if service == "dynamodb":
            return getattr(self.table, operation)(**arguments)
        self.calls.append((service, operation, arguments))
        answer = self.answers.get(operation, {})
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else {}
        if isinstance(answer, Exception):
            raise answer
        return answer(arguments) if callable(answer) else answer

    def assuming(self, role_arn: str) -> Cloud:
        """Return this cloud, after noting the role."""
        self.calls.append(("sts", "assume_role", {"RoleArn": role_arn}))
        return self

    def arguments(self, operation: str) -> list[dict[str, Any]]:
        """Return the arguments of every call of an operation."""
        return [arguments for _, name, arguments in self.calls if name == operation]

    def operations(self) -> list[str]:
        """Return the names of the operations called so far."""
        return [operation for _, operation, _ in self.calls]
