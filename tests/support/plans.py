"""Plans of stacks, and measurements with round numbers."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from decimal import Decimal
from functools import cache
from pathlib import Path

from support.tracing import untraced

from hookline.local.project import Project
from hookline.operate.estimates.declare import read_plan
from hookline.operate.estimates.event_sizes import Sizes
from hookline.operate.estimates.measurements import Measurements, Work
from hookline.operate.estimates.plan import Plan

ROOT = Path(__file__).parents[2]
TRANSACTIONS_ALONE = {"systems": ["transactions"]}
PROVIDERS_ALONE = {"systems": ["providers"], "providers": ["stripe"]}

SIZES = Sizes(record=500, delivery=400, bus_event=800, item=600, message=500)


def work(records: int = 1, cpu_us: int = 0, log_bytes: int = 0, **calls: int) -> Work:
    """Return the work of a function; the names of calls have the form `sqs_SendMessage`."""
    named = {name.replace("_", ":"): Decimal(count) for name, count in calls.items()}
    return Work(records, Decimal(100), Decimal(cpu_us), named, log_bytes)


HOOKLINE = {
    "validator": work(dynamodb_PutItem=1),
    "router": work(records=10, sqs_SendMessageBatch=1),
    "ingestion": work(dynamodb_GetItem=1, s3_PutObject=1, sqs_SendMessageBatch=1, dynamodb_PutItem=1),
    "processing": work(records=10, s3_GetObject=10, events_PutEvents=1),
}


def measured(**changed: Work) -> Measurements:
    """Return measurements with round numbers, with changes for some functions."""
    return Measurements("today", {**HOOKLINE, **changed})


def plan_with(settings: Mapping[str, object] | None = None, providers: tuple[str, ...] | None = None) -> Plan:
    """Return the plan of the real program with these settings."""
    return _plan(json.dumps(dict(settings or {}), sort_keys=True), providers)


@cache
def _plan(settings: str, providers: tuple[str, ...] | None) -> Plan:
    with tempfile.TemporaryDirectory() as folder, untraced() if providers is None else nullcontext():
        return read_plan(make_project(Path(folder), json.loads(settings)), "test", providers)


def make_project(folder: Path, settings: Mapping[str, object]) -> Project:
    """Return a project with one stack, `test`."""
    shutil.copy(ROOT / "__main__.py", folder)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    config = {"environmentSuffix": "test", "apiGatewayLogging": "off", **settings}
    stack = {"config": {"aws:region": "us-east-1", **{f"hookline:{name}": value for name, value in config.items()}}}
    (folder / "Pulumi.test.yaml").write_text(json.dumps(stack))  # JSON is valid YAML
    return Project(folder)
