"""`hookline cost` and `hookline capacity`."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.plans import make_project, plan_with
from typer.testing import CliRunner

from hookline.cli.main import app
from hookline.operate.estimates.plan import Plan

SETTINGS = {"providers": ["stripe"]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project with one stack, `test`; its program runs only once for all tests."""

    def read_once(_project: object, _stack: str, providers: list[str] | None) -> Plan:
        return plan_with(SETTINGS, None if providers is None else tuple(providers))

    monkeypatch.setattr("hookline.operate.estimates.declare.read_plan", read_once)
    return make_project(tmp_path, SETTINGS).path


def run(folder: Path, *arguments: str) -> Any:
    """Run a command for that stack."""
    where = ["--stack", "test", "--project", str(folder)]
    return CliRunner().invoke(app, [*arguments, *where], catch_exceptions=False)


def test_the_program_of_the_project_is_read(tmp_path: Path) -> None:
    """The command uses the settings of the given stack, and reports a missing stack file."""
    folder = make_project(tmp_path, {"providers": ["square", "stripe"]}).path
    assert "from square, stripe\n" in run(folder, "cost").stdout
    (folder / "Pulumi.test.yaml").unlink()
    result = run(folder, "capacity", "--rps", "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no Pulumi.test.yaml" in result.stderr


def test_a_bill_is_a_table_of_lines(folder: Path) -> None:
    """The output has a description of the load, all lines, and the sums."""
    result = run(folder, "cost", "--events", "2000000")
    assert result.exit_code == 0
    text = result.stdout
    assert text.startswith("stack test: 2,000,000 events a month of 2,000 bytes, from stripe\n")
    assert "free tier not subtracted" in text
    rows = {line.strip().split("  ")[0]: line.split() for line in text.splitlines()}
    assert rows["API Gateway requests"][-5:] == ["2,000,000.00", "request", "7.00", "A1", "B1"]
    assert {"S3 PUT requests", "a month", "fixed part, without events", "a million more events"} <= rows.keys()


def test_a_bill_as_json_adds_up_exactly(folder: Path) -> None:
    """Amounts are strings, and each line has the source of its price."""
    result = run(folder, "cost", "--format", "json", "--free-tier", "--batch", "10")
    bill = json.loads(result.stdout)
    assert (bill["region"], bill["events"]) == ("us-east-1", 1_000_000)
    lines = sum(Decimal(line["usd"]) for line in bill["lines"])
    assert abs(lines - Decimal(bill["total_usd"])) < Decimal("0.0001")
    assert Decimal(bill["fixed_usd"]) > 0
    assert Decimal(bill["usd_per_million_events"]) > 10
    assert all(line["source"].startswith("https://") for line in bill["lines"])
    puts = next(line for line in bill["lines"] if line["name"] == "s3_puts")
    assert (puts["usd"], puts["quantity"], puts["reasons"]) == ("5.000000", "1000000.000000", ["B2"])


def test_a_bill_without_events_has_fixed_lines_alone(folder: Path) -> None:
    """The bill has fixed lines, and no price for a million events."""
    text = run(folder, "cost", "--events", "0", "--providers", "none", "--free-tier").stdout
    assert "from your own services" in text
    assert "free tier subtracted" in text
    assert "a million more events" not in text
    assert "CloudWatch alarms" in text


def test_the_capacity_begins_with_the_answer(folder: Path) -> None:
    """The first line is the answer; all limits follow, lowest first."""
    result = run(folder, "capacity", "--rps", "5000")
    assert result.exit_code == 0
    answer = r"5,000 events/s is above a limit: the lowest is processing, a provider's events in order, at \d+/s; .*"
    assert re.fullmatch(answer, result.stdout.splitlines()[0])
    assert "reserved concurrency of validator" in result.stdout
    assert "; ~ AWS raises this limit by itself" in result.stdout


def test_the_capacity_as_json_has_every_limit(folder: Path) -> None:
    """Each limit has its rate and the used share; the lowest limit comes first."""
    result = run(folder, "capacity", "--rps", "10", "--format", "json", "--quota", "fifo_queue=7")
    answer = json.loads(result.stdout)
    assert (answer["events_per_second"], answer["met"]) == (10, True)
    assert answer["limits"][0]["name"] == "fifo_queue"
    assert answer["limits"][0]["used"] == pytest.approx(1.4286)
    assert answer["limits"][0]["remedy"] == "have AWS Support raise it to 10"
    rates = [limit["events_per_second"] for limit in answer["limits"]]
    assert rates == sorted(rates)


def test_a_limit_that_allows_nothing_has_no_share(folder: Path) -> None:
    """JSON has no infinity, so the share is null."""
    asked = ("capacity", "--rps", "1", "--quota", "lambda_concurrency=1")
    answer = json.loads(run(folder, *asked, "--format", "json").stdout)
    assert (answer["limits"][0]["events_per_second"], answer["limits"][0]["used"]) == (0, None)
    assert "∞" in run(folder, *asked).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cost", "--providers", "strip"), "there is no provider strip: choose from adyen"),
        (("cost", "--providers", "none", "--payload-bytes", "900000"), "reduce --payload-bytes"),
        (("capacity", "--rps", "1", "--quota", "speed=1"), "there is no quota speed: choose from api_requests"),
        (("capacity", "--rps", "1", "--quota", "put_events"), "a quota must be name=value, such as"),
        (("capacity", "--rps", "1", "--quota", "put_events=0"), "it must be more than 0"),
    ],
)
def test_what_cannot_be_reckoned_is_one_message(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    """The exit status is 1, and standard output is empty."""
    result = run(folder, *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("cost", "--events", "-1"), "--events"),
        (("cost", "--batch", "11"), "--batch"),
        (("cost", "--payload-bytes", "0"), "--payload-bytes"),
        (("capacity", "--rps", "0"), "--rps"),
        (("capacity",), "--rps"),
    ],
)
def test_a_number_out_of_range_names_its_option(folder: Path, arguments: tuple[str, ...], name: str) -> None:
    """The exit status is 2, as for every wrong option."""
    result = run(folder, *arguments)
    assert result.exit_code == 2
    assert name in result.stderr
