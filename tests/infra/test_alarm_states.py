"""Every alarm fires on what it is for, does not fire on what passes, and has its section in the runbook."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from support.alarm_states import Samples, alarm_states
from support.program import ALARM, FUNCTION, PROVIDERS, ROOT, TOPIC, TRANSACTIONS, deploy, named

from hookline.core import PROVIDER_NAMES
from hookline.infra import ProvidersSettings, SettingsError
from hookline.infra.monitoring.alarms import RUNBOOK

SILENT_HOURS = 6
ALL_SETTINGS = {
    "alarmTopicArn": TOPIC,
    "allowUnsigned": "true",
    "processingReservedConcurrency": "10",
    "providerSilenceHours": json.dumps(dict.fromkeys(PROVIDER_NAMES, SILENT_HOURS)),
    "provisionedConcurrency": "5",
}
DEPLOYMENTS = [
    deploy(),
    deploy("prod", **ALL_SETTINGS),
    deploy(systems=TRANSACTIONS),
    deploy(systems=PROVIDERS, bookedAccounts='{"stripe": ["own"]}'),
]
ALARMS = [alarm.inputs for each in DEPLOYMENTS for _, alarm in sorted(named(each, ALARM).items())]
RESERVED = {f.inputs["name"]: f.inputs for each in DEPLOYMENTS for f in each.by_type(FUNCTION)}
MINUTE, HOUR, DAY = 60, 3600, 86_400


def section(alarm: Mapping[str, Any]) -> str:
    """Return the anchor of the link that ends an alarm's description."""
    page, _, anchor = str(alarm["alarmDescription"]).rpartition(" ")[2].partition("#")
    assert page == RUNBOOK
    return anchor


def minutes(values: Sequence[float], every: int = MINUTE, start: int = 0) -> list[tuple[float, float]]:
    """Return one sample in the middle of each minute, or of each period of `every` seconds."""
    return [(start + number * every + every / 2, value) for number, value in enumerate(values)]


def often(of: Sequence[float], count: int) -> list[tuple[float, float]]:
    """Return all values as samples of each of the first minutes."""
    return [(minute * MINUTE + 30, value) for minute in range(count) for value in of]


@dataclass(frozen=True)
class Case:
    """Samples with which an alarm must fire, and samples with which it must not, each in a day."""

    fires: Sequence[Samples]
    quiet: Sequence[Samples]


def counts(metric: str) -> Case:
    """Return the case of a metric of which each count needs a person."""
    return Case([{metric: minutes([0, 1])}], [{}, {metric: minutes([0] * 60)}])


def repeated(metric: str) -> Case:
    """Return the case of failures that are tried again: three tries of one event are no reason to look."""
    return Case([{metric: minutes([1] * 4)}, {metric: minutes([1, 0, 0] * 5)}], [{metric: minutes([3, 1, 0, 1])}, {}])


def retried(pauses: Sequence[float], visible: Sequence[float] = ()) -> Samples:
    """Return the numbers of messages between two retries, and of those that nobody receives, for each minute."""
    longest = max(len(pauses), len(visible))
    return {
        "ApproximateNumberOfMessagesNotVisible": minutes(pauses or [0] * longest),
        "ApproximateNumberOfMessagesVisible": minutes(visible or [0] * longest),
    }


def waits(metric: str, limit: float) -> Case:
    """Return the case of an age in the metric's unit, which must be above a limit for five minutes."""
    above = minutes([limit + 1] * 5)
    return Case([{metric: above}], [{metric: minutes([2 * limit])}, {metric: minutes([limit] * 60)}])


def near(metric: str, limit: float) -> Case:
    """Return the case of a use that comes near its limit, in the metric's unit."""
    used = minutes([0.95 * limit] * 5)
    return Case([{metric: used}], [{metric: minutes([limit, 0, 0, limit / 2])}, {metric: minutes([0.5 * limit] * 60)}])


FAILED_OFTEN = {"Errors": often([1, 0, 0, 0, 0], 5), "Invocations": often([1] * 5, 5)}
ONE_EVENT_FAILED = {"Errors": minutes([1, 1, 0, 1]), "Invocations": minutes([1, 1, 0, 1])}
ONE_OF_A_THOUSAND = {"Errors": minutes([1] * 60), "Invocations": minutes([1000] * 60)}
ACCEPTED = minutes([1] * 12, every=HOUR // 2)
CALLED_BEFORE = {"Accepted": minutes([1] * 60, every=900), "Invocations": minutes([1] * 20, every=900)}
ACCEPTED_AT_A_BOUNDARY = {"Accepted": [(899.5, 1), (9899.9, 1)], "Invocations": [(900.2, 1), (9900.3, 1)]}
EVENTS_END = {"MatchedEvents": minutes([5] * 4, every=HOUR)}
A_PAUSE = {"MatchedEvents": minutes([5, 5, 0, 0, 0, 0, 0, 5] * 3, every=HOUR)}

CASES: dict[str, Case] = {
    "system-api-5xx-suffix-page": Case(
        [{"5XXError": often([1, *[0] * 9], 4)}],
        [{"5XXError": [(30, 1)]}, {"5XXError": often([1, *[0] * 999], 20)}, {"5XXError": minutes([1, 1, 0, 1])}],
    ),
    "function-errors-suffix-page": Case([FAILED_OFTEN], [ONE_EVENT_FAILED, ONE_OF_A_THOUSAND, {}]),
    "function-throttles-suffix-ticket": repeated("Throttles"),
    "router-iterator-age-suffix-page": waits("IteratorAge", 60_000),
    "router-stopped-suffix-page": Case(
        [{"Accepted": ACCEPTED}, CALLED_BEFORE],
        [{}, {"Accepted": ACCEPTED, "Invocations": ACCEPTED}, ACCEPTED_AT_A_BOUNDARY, {"Accepted": minutes([0] * 60)}],
    ),
    "transactions-route-failures-suffix-ticket": repeated("RouteFailures"),
    "type-backlog-suffix-ticket": waits("ApproximateAgeOfOldestMessage", DAY),
    "provider-webhooks-waiting-suffix-page": Case(
        [{"ApproximateAgeOfOldestMessage": minutes([61] * 8)}],
        [{"ApproximateAgeOfOldestMessage": minutes([60 * n for n in range(1, 8)])}, {}],
    ),
    "providers-publish-failures-suffix-ticket": repeated("PublishFailures"),
    "provider-events-retries-suffix-ticket": repeated("RetryInvocationAttempts"),
    "provider-events-throttled-suffix-ticket": repeated("ThrottledRules"),
    "provider-refused-suffix-ticket": Case(
        [
            {"Unauthorized": minutes([9] * 3, every=300), "Verified": minutes([0] * 3, every=300)},
            {"Unauthorized": minutes([1] * 3, every=2 * HOUR), "Verified": minutes([0] * 3, every=2 * HOUR)},
        ],
        [
            {"Unauthorized": minutes([1, 1], every=HOUR), "Verified": minutes([0, 0], every=HOUR)},
            {"Unauthorized": minutes([100] * 9, every=300), "Verified": minutes([1] * 9, every=300)},
            {"Verified": minutes([5])},
        ],
    ),
    "transactions-conflict-suffix-ticket": counts("Conflict"),
    "transactions-unsigned-suffix-ticket": counts("Unsigned"),
    "providers-conflict-suffix-ticket": counts("Conflict"),
    "providers-unbooked-suffix-ticket": counts("Unbooked"),
    "providers-unreadable-suffix-ticket": counts("Unreadable"),
    "providers-old-version-refund-suffix-ticket": counts("OldVersionRefund"),
    "providers-other-account-suffix-ticket": counts("OtherAccount"),
    "providers-archive-changed-suffix-page": counts("ArchiveChanged"),
    "providers-too-many-certificates-suffix-ticket": counts("TooManyCertificates"),
    "providers-withheld-suffix-ticket": counts("Withheld"),
    **{
        f"{queue}-not-empty-suffix-page": counts("ApproximateNumberOfMessagesVisible")
        for queue in ("router-failures-queue", "provider-webhooks-dlq", "rule-failures", "forward-dlq")
    },
    "type-dlq-not-empty-suffix-ticket": counts("ApproximateNumberOfMessagesVisible"),
    "forward-failures-waiting-suffix-page": Case(
        [retried([1] * 15), retried([1, 1, 0] + [1] * 12), retried([], [5] * 15)],
        [retried([1] * 13 + [0]), retried([0] * 60), {}],
    ),
}
"""Section in the runbook → the samples of its alarms. `case` adds the sections whose values depend on the alarm."""


def case(alarm: Mapping[str, Any]) -> Case:
    """Return the samples of an alarm."""
    match section(alarm):
        case "function-duration-suffix-ticket":
            return near("Duration", RESERVED[alarm["dimensions"]["FunctionName"]]["timeout"] * 1000)
        case "function-concurrency-suffix-ticket":
            reserved = RESERVED[alarm["dimensions"]["FunctionName"]]["reservedConcurrentExecutions"]
            return near("ConcurrentExecutions", reserved)
        case "provider-silent-suffix-page":
            return Case([{}, EVENTS_END], [A_PAUSE])
        case known:
            return CASES[known]


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm["name"])
def test_each_alarm_fires_and_does_not_flap(alarm: Mapping[str, Any]) -> None:
    """CloudWatch's rules are used. One lost packet, or one event that is tried again, is quiet."""
    samples = case(alarm)
    for each in samples.fires:
        assert any(alarm_states(alarm, each, hours=24)), each
    for each in samples.quiet:
        assert not any(alarm_states(alarm, each, hours=24)), each


def test_an_alarm_of_failures_that_last_recovers() -> None:
    """A quarter of an hour after the last failure, the alarm is over."""
    (alarm,) = (alarm for alarm in ALARMS if alarm["name"] == "router-errors-prod")
    states = alarm_states(alarm, FAILED_OFTEN, hours=1)
    assert states[3:16] == [True] * 13
    assert not any(states[16:])


@pytest.mark.parametrize("hours", [2, 168])
def test_the_silence_of_a_provider_fires_after_the_hours_that_are_set(hours: int) -> None:
    """The alarm fires at the end of the last hour without an event, and not earlier."""
    stack = deploy(providerSilenceHours=json.dumps({"stripe": hours}))
    (alarm,) = (alarm.inputs for name, alarm in named(stack, ALARM).items() if "silent" in name)
    states = alarm_states(alarm, {"MatchedEvents": minutes([1] * 200, every=HOUR)}, hours=200 + hours)
    assert states[hours:] == [False] * 199 + [True]
    (metric,) = (query["metric"] for query in alarm["metricQueries"] if "metric" in query)
    assert metric["dimensions"] == {"EventBusName": "provider-events-dev", "RuleName": "stripe-dev"}


def test_the_silence_of_a_provider_needs_the_rules_of_the_log_group() -> None:
    """Without the rule of a provider there is no metric that the alarm can read."""
    with pytest.raises(SettingsError, match="hookline:logEvents must be true"):
        ProvidersSettings(environment_suffix="dev", provider_silence_hours={"stripe": 6}, log_events=False)


def test_each_alarm_and_each_section_of_the_runbook_belong_together() -> None:
    """Every link leads to a heading, and every heading of an alarm is the aim of a link."""
    headings = re.findall(r"^## (`.+-\{suffix\}` \((?:page|ticket)\))$", (ROOT / "docs/runbook.md").read_text(), re.M)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert sorted(anchors) == sorted({section(alarm) for alarm in ALARMS})


def test_the_links_lead_to_the_public_repository() -> None:
    """The page is on the main branch of the repository that the package names as its home."""
    home = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Homepage"]
    assert f"{home}/blob/main/docs/runbook.md" == RUNBOOK


def test_each_alarm_has_the_name_of_its_section() -> None:
    """The heading in the runbook has the alarm's name, in which braces stand for names of resources."""
    words = {"system": "transactions|providers", "function": "validator|router|ingestion|processing"}
    words |= {"type": "payments|refunds|disputes", "provider": "|".join(PROVIDER_NAMES), "suffix": "dev|prod"}
    headings = re.findall(r"^## `(.+-\{suffix\})` \(", (ROOT / "docs/runbook.md").read_text(), re.M)
    patterns = {
        re.sub(r"[{}]", "", heading): re.sub(r"\{(\w+)\}", lambda found: f"({words[found[1]]})", heading)
        for heading in headings
    }
    for alarm in ALARMS:
        assert re.fullmatch(patterns[section(alarm).rpartition("-")[0]], alarm["name"]), alarm["name"]


def test_a_description_fits() -> None:
    """CloudWatch takes 1,024 characters."""
    assert max(len(alarm["alarmDescription"]) for alarm in ALARMS) <= 1024
