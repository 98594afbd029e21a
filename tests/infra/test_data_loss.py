"""The warning before a change of settings deletes data."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from support.program import PROGRAM, PROVIDERS, TRANSACTIONS, FakeAws, deploy

from hookline.infra import LastUp
from hookline.infra.data_loss import CANNOT_COMPARE, LOSS, LOSSES
from hookline.program.engine import Deployment, run_program


def warnings(before: Deployment, suffix: str = "dev", **settings: str) -> list[str]:
    """Return the warnings of an `up` with these settings after another one, each as a list of its lines."""
    config = {"aws:region": "us-east-1", "hookline:environmentSuffix": suffix}
    config |= {f"hookline:{key}": value for key, value in settings.items()}
    warned: list[str] = []
    provider = FakeAws(before=before)
    run_program(PROGRAM, project="hookline", stack="test", config=config, provider=provider, warn=warned.append)
    return warned


def losses(before: Deployment, suffix: str = "dev", **settings: str) -> list[str]:
    """Return what the warnings say is lost."""
    found = warnings(before, suffix, **settings)
    assert found
    assert all(warning.startswith(LOSS) for warning in found)
    return [warning.removeprefix(f"{LOSS} ") for warning in found]


def deleted(lines: list[str]) -> dict[str, str]:
    """Return kind of what is deleted → its names."""
    return {line.split()[2]: line.partition("): ")[2] for line in lines if line.startswith("It deletes ")}


def test_the_first_up_and_an_unchanged_up_are_silent() -> None:
    """Nothing is lost."""
    assert warnings(Deployment()) == []
    assert warnings(deploy()) == []


def test_a_change_that_keeps_all_data_is_silent() -> None:
    """Functions, rules and alarms change, and longer periods delete nothing."""
    longer = {"busArchiveDays": "8", "providerLogDays": "14", "transactionLogDays": "60"}
    assert warnings(deploy(), bookPaypal="false", providerAlarms="false", **longer) == []
    assert warnings(deploy(systems=TRANSACTIONS)) == []
    assert warnings(deploy(busArchiveDays="0")) == []
    assert warnings(deploy(archiveExpiryDays="400"), archiveExpiryDays="500") == []
    assert warnings(deploy(archiveExpiryDays="400")) == []


@pytest.mark.parametrize(
    ("systems", "kinds", "table"),
    [
        (TRANSACTIONS, {"bus", "event", "log", "tables", "buckets", "secrets", "queues"}, "provider-webhooks-dev"),
        (PROVIDERS, {"log", "tables", "secrets", "queues"}, "transaction-events-dev"),
    ],
)
def test_without_a_system_all_its_data_goes(systems: str, kinds: set[str], table: str) -> None:
    """The warnings name each table, bucket, queue, secret, log group, bus and bus archive."""
    found = deleted(losses(deploy(), systems=systems))
    assert found.keys() == kinds
    assert found["tables"] == table


def test_another_suffix_deletes_all_data() -> None:
    """All that holds data has the suffix in its name, so a new one is made and the old one goes."""
    found = deleted(losses(deploy(), suffix="new"))
    assert found["tables"] == "provider-webhooks-dev, transaction-events-dev"
    held = {r.name for r in deploy().resources if r.type in LOSSES}
    assert len(held) > 15
    assert {name for names in found.values() for name in names.split(", ")} == held


def test_without_forwarding_its_failure_queue_goes() -> None:
    """Events that wait in it are not booked any more."""
    found = deleted(losses(deploy(), forwardTransactions="false"))
    assert found.keys() == {"queues"}
    assert "forward-failures-dev" in found["queues"]


def test_a_provider_that_is_taken_out_loses_its_deliveries() -> None:
    """The warning names the provider, and says what becomes of its events."""
    (line,) = losses(deploy(), providers='["adyen", "stripe", "paypal", "square", "razorpay", "shopify", "checkout"]')
    assert line.startswith("It takes out standard_webhooks: API Gateway refuses their deliveries")
    assert warnings(deploy(providers='["stripe"]')) == []


@pytest.mark.parametrize(
    ("setting", "before", "now", "line"),
    [
        ("busArchiveDays", "7", "3", "busArchiveDays is 3 instead of 7: EventBridge deletes the events"),
        ("providerLogDays", "7", "1", "providerLogDays is 1 instead of 7: CloudWatch deletes the log lines"),
        ("transactionLogDays", "30", "7", "transactionLogDays is 7 instead of 30: CloudWatch deletes the log lines"),
        ("archiveExpiryDays", "", "400", "archiveExpiryDays is 400 instead of never: S3 deletes the bodies"),
        ("archiveExpiryDays", "500", "400", "archiveExpiryDays is 400 instead of 500: S3 deletes the bodies"),
    ],
)
def test_fewer_days_lose_what_is_older(setting: str, before: str, now: str, line: str) -> None:
    """AWS deletes what is older than the new period soon after the change."""
    (found,) = losses(deploy(**({setting: before} if before else {})), **{setting: now})
    assert found.startswith(line)


def test_the_first_expiry_of_an_archive_is_seen_after_an_upgrade_too() -> None:
    """An earlier version of hookline had no output for it, and never deleted a body. It had no other periods to set."""
    earlier = Deployment(deploy().resources, {})
    (found,) = losses(earlier, archiveExpiryDays="400", providerLogDays="1")
    assert found.startswith("archiveExpiryDays is 400 instead of never")


def test_without_a_bus_archive_its_events_go() -> None:
    """The archive is deleted as a whole, so its period is not named too."""
    (line,) = losses(deploy(), busArchiveDays="0")
    assert line == "It deletes bus archives (nobody can replay their events): provider-events-archive-dev"


def test_a_state_that_cannot_be_read_stops_no_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program says that it cannot compare, and goes on."""

    def fail(*_arguments: object) -> None:
        raise RuntimeError("unknown stack")

    monkeypatch.setattr("hookline.infra.data_loss.invoke", fail)
    assert warnings(deploy(), busArchiveDays="0") == [f"{CANNOT_COMPARE}: unknown stack"]


def test_the_question_names_the_stack_in_full() -> None:
    """A stack of the same name in another project or organization is another stack."""
    asked: list[tuple[str, dict[str, Any]]] = []

    class Asked(FakeAws):
        def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
            asked.append((token, args))
            return super().invoke(token, args)

    run_program(LastUp, project="shop", stack="prod", config={}, provider=Asked())
    assert asked == [("pulumi:pulumi:readStackResourceOutputs", {"stackName": "organization/shop/prod"})]


def test_a_test_with_pulumis_mocks_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of a user's program with Pulumi's mocks has no last `up`, and its mocks may refuse unknown functions."""

    class Refusing(FakeAws):
        def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
            raise AssertionError(token)

    def program() -> None:
        LastUp().warn_of_losses({"bus_archive_days": 3})

    mocks = MockMonitor(MyMocks())
    monkeypatch.setattr("hookline.infra.data_loss.get_monitor", lambda: mocks)
    warned: list[str] = []
    run_program(program, project="shop", stack="prod", config={}, provider=Refusing(), warn=warned.append)
    assert warned == []


class MyMocks(Mocks):
    """The mocks of a user's test."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Accept each resource."""
        return args.name, {}

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        """Accept each function."""
        return {}
