"""The settings for how long logs and archived bodies are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.program import LOG_GROUP, PROVIDERS, TRANSACTIONS, deploy, named

from hookline.infra import ProvidersSettings, SettingsError, TransactionsSettings

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def lifecycle(**settings: str) -> dict[str, Any]:
    """Return the only lifecycle rule of the archive."""
    (rule,) = deploy(systems=PROVIDERS, **settings).one(LIFECYCLE).inputs["rules"]
    return rule


@pytest.mark.parametrize(("system", "setting"), [(TRANSACTIONS, "transactionLogDays"), (PROVIDERS, "providerLogDays")])
def test_all_logs_of_a_system_are_kept_as_long_as_its_setting_says(system: str, setting: str) -> None:
    """These are the logs of the functions, the access logs and the events of the bus."""
    groups = named(deploy(systems=system, **{setting: "90"}), LOG_GROUP)
    assert len(groups) >= 3
    assert {group.inputs["retentionInDays"] for group in groups.values()} == {90}


@pytest.mark.parametrize(
    "make",
    [
        lambda days: TransactionsSettings(environment_suffix="x", transaction_log_days=days),
        lambda days: ProvidersSettings(environment_suffix="x", provider_log_days=days),
    ],
)
def test_logs_have_only_the_days_that_cloudwatch_knows(make: Callable[[int], object]) -> None:
    """AWS would refuse another number in the middle of an `up`."""
    make(3653)
    for days in (0, 10, 366, 3654):
        with pytest.raises(SettingsError, match=r"LogDays is .*: it must be one of 1, 3, 5, 7, 14, 30, 60, 90"):
            make(days)


def test_an_archive_can_have_an_expiry() -> None:
    """S3 deletes old bodies in addition to moving them. Ingestion knows it, so that records can say it."""
    rule = lifecycle(archiveExpiryDays="400")
    assert rule["expiration"] == {"days": 400}
    assert rule["transitions"][0]["days"] == 30
    assert "expiration" not in lifecycle()
    stack = deploy(systems=PROVIDERS, archiveExpiryDays="400")
    function = stack.one("aws:lambda/function:Function", "ingestion").inputs
    assert function["environment"]["variables"]["ARCHIVE_EXPIRY_DAYS"] == "400"


def test_old_versions_expire_too() -> None:
    """Otherwise S3 would keep the old version of each expired body. A bucket can have some from an earlier setting."""
    for versions in ("true", "false"):
        rule = lifecycle(archiveExpiryDays="400", archiveVersions=versions)
        assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 400}
    assert "noncurrentVersionExpiration" not in lifecycle(archiveVersions="true")


@pytest.mark.parametrize("days", [1, 35, 399, 3651])
def test_an_archive_keeps_a_body_longer_than_a_record_that_expires(days: int) -> None:
    """No `expiryDays` and no `providerExpiryDays` can be 400, and most disputes come within 400 days."""
    for setting in ("expiry_days", "provider_expiry_days"):
        settings = TransactionsSettings if setting == "expiry_days" else ProvidersSettings
        with pytest.raises(SettingsError):
            settings(environment_suffix="x", **{setting: 400})
    with pytest.raises(SettingsError, match=f"archiveExpiryDays is {days}: it must be a whole number from 400"):
        ProvidersSettings(environment_suffix="x", archive_expiry_days=days)
