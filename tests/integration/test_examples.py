"""The consumers in `examples` book each payment once, in local mode."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.local_projects import ROOT, real_project
from support.waiting import wait_until

from hookline.local import deploy
from hookline.local.cloud import Cloud
from hookline.local.project import Project
from hookline.operate.sending.send import TIMEOUT_SECONDS, new_event

EXAMPLES = ROOT / "examples"


class Payments:
    """The payments of a stack, and the messages in its payments queue."""

    def __init__(self, project: Project) -> None:
        provisioned = deploy.up(project, "dev")
        self.outputs: dict[str, Any] = provisioned.outputs
        self.emulator = provisioned.emulator
        self.cloud: Cloud = provisioned.emulator.cloud()
        self.queue = {"QueueUrl": self.outputs["payments_queue_url"]}

    def pay(self, event_id: str) -> None:
        """Send a payment to the transactions endpoint."""
        answer = httpx.post(self.outputs["webhook_url"], json=new_event("payment", event_id), timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 202

    def put(self, body: str) -> None:
        """Put a message into the queue, as a second delivery or a mistake would."""
        self.cloud.call("sqs", "send_message", MessageBody=body, **self.queue)

    def left(self) -> int:
        """Return the number of messages in the queue, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.cloud.call("sqs", "get_queue_attributes", AttributeNames=names, **self.queue)
        return sum(int(answer["Attributes"][name]) for name in names)


def message(event_id: str) -> str:
    """Return the message of a payment of 1.00."""
    return json.dumps({**new_event("payment", event_id, "1.00"), "schema": "hookline.transaction.v1", "metadata": {}})


def test_the_lambda_function_books_each_payment_once(tmp_path: Path) -> None:
    """A second copy changes nothing, and a message that is wrong does not hold up the others."""
    folder = tmp_path / "lambda_consumer"
    shutil.copytree(EXAMPLES / "lambda_consumer", folder, ignore=shutil.ignore_patterns("__pycache__", ".hookline"))
    project = Project(folder)
    try:
        payments = Payments(project)

        def booked() -> dict[str, str]:
            items = payments.cloud.call("dynamodb", "scan", TableName=payments.outputs["books"])["Items"]
            return {item["event_id"]["S"]: item["amount"]["S"] for item in items}

        payments.pay("one")
        wait_until(lambda: booked() == {"one": "49.9"})
        payments.put("not a payment")
        payments.put(message("one"))
        payments.put(message("two"))
        wait_until(lambda: payments.left() == 1)
        assert booked() == {"one": "49.9", "two": "1.00"}
    finally:
        project.home.stop()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[tuple[Payments, Path]]:
    """Start a stack and the worker. Return the stack and the worker's books."""
    project = real_project(tmp_path / "shop", systems='["transactions"]', allowUnsigned="true")
    books = tmp_path / "books.sqlite"
    try:
        payments = Payments(project)
        command = [sys.executable, str(EXAMPLES / "worker" / "worker.py")]
        arguments = ["--queue-url", payments.outputs["payments_queue_url"], "--books", str(books)]
        credentials = {
            "AWS_ENDPOINT_URL": payments.emulator.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": payments.emulator.access_key,
            "AWS_SECRET_ACCESS_KEY": payments.emulator.secret_key,
        }
        with subprocess.Popen([*command, *arguments], env={**os.environ, **credentials}) as process:
            yield payments, books
            process.terminate()
    finally:
        project.home.stop()


def test_the_worker_books_each_payment_once(worker: tuple[Payments, Path]) -> None:
    """A second copy changes nothing, and a message that is wrong does not hold up the others."""
    payments, books = worker
    wait_until(lambda: books.exists() and books.stat().st_size)

    def booked() -> dict[str, str]:
        with closing(sqlite3.connect(books)) as connection:
            return dict(connection.execute("SELECT event_id, amount FROM payments").fetchall())

    payments.pay("one")
    wait_until(lambda: booked() == {"one": "49.9"})
    for wrong in ("not a payment", "[]", json.dumps({"event_id": {}, "amount": "1", "currency": "EUR"})):
        payments.put(wrong)
    payments.put(message("one"))
    payments.put(message("two"))
    wait_until(lambda: payments.left() == 3)
    assert booked() == {"one": "49.9", "two": "1.00"}
