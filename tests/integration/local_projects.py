"""Projects of a test's own, and a look at what runs and exists in their emulators."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from support.waiting import wait_until

from hookline.local.cloud import Cloud
from hookline.local.project import Project

ROOT = Path(__file__).parents[2]


def real_project(folder: Path, **settings: str) -> Project:
    """The repository's own program in another folder, with the stack `dev` and these settings."""
    folder.mkdir(exist_ok=True)
    for file in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / file, folder)
    write_stack(folder, "dev", environmentSuffix="dev", apiGatewayLogging='"off"', **settings)
    return Project(folder)


def small_project(folder: Path, program: str) -> Project:
    """A program of a test's own, with a stack `dev`."""
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (folder / "__main__.py").write_text(program)
    write_stack(folder, "dev")
    return Project(folder)


def write_stack(folder: Path, stack: str, **settings: str) -> None:
    """The settings of a stack."""
    lines = ["config:", "  aws:region: us-east-1", *(f"  hookline:{key}: {value}" for key, value in settings.items())]
    (folder / f"Pulumi.{stack}.yaml").write_text("\n".join(lines) + "\n")


def processes_of(folder: Path) -> list[int]:
    """Every living process that has to do with a folder, by its command line, environment or open folder."""
    mark = str(folder).encode()
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and mark in _traces(p)]


def _traces(process: Path) -> bytes:
    try:
        if process.name == str(os.getpid()) or ") Z " in (process / "stat").read_text():
            return b""
        return (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:  # it has just ended
        return b""


def assert_nothing_runs(project: Project) -> None:
    """No process, no record, no scratch files."""
    wait_until(lambda: not processes_of(project.path))
    assert project.home.find() is None
    kept = {"paypal.json"}  # the development certificate, which is made once for a folder
    assert sorted({p.name for p in project.home.path.iterdir()} - kept) in (
        ["command.lock"],
        ["alive.lock", "command.lock", "emulator.log"],
    )


def inventory(cloud: Cloud) -> dict[str, list[str]]:
    """The names of everything in an emulator, by kind."""

    def names(service: str, operation: str, answer: str, name: str | None = None, **arguments: Any) -> list[str]:
        items = cloud.call(service, operation, **arguments).get(answer, [])
        return sorted(item[name] if name else item for item in items)

    return {
        "alarms": names("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "apis": names("apigateway", "get_rest_apis", "items", "name"),
        "dashboards": names("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
        "functions": names("lambda", "list_functions", "Functions", "FunctionName"),
        "log groups": names("logs", "describe_log_groups", "logGroups", "logGroupName"),
        "mappings": names("lambda", "list_event_source_mappings", "EventSourceMappings", "FunctionArn"),
        "queues": names("sqs", "list_queues", "QueueUrls"),
        "roles": names("iam", "list_roles", "Roles", "RoleName"),
        "secrets": names("secretsmanager", "list_secrets", "SecretList", "Name"),
        "state": sorted(
            {item["name"]["S"] for item in cloud.call("dynamodb", "scan", TableName="hookline-local-state")["Items"]}
        ),
        "topics": names("sns", "list_topics", "Topics", "TopicArn"),
        "tables": names("dynamodb", "list_tables", "TableNames"),
    }
