"""The ranking of a stack's limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import PROVIDERS_ALONE, SIZES, TRANSACTIONS_ALONE, measured, plan_with, work

from hookline.errors import UserError
from hookline.infra.settings.providers import ProvidersSettings
from hookline.infra.settings.setting import known
from hookline.infra.settings.transactions import TransactionsSettings
from hookline.operate.estimates.capacity import Limit, rank
from hookline.operate.estimates.event_sizes import of_largest
from hookline.operate.estimates.limits import HIGHEST, Limits
from hookline.operate.estimates.measurements import Measurements, load_measurements
from hookline.operate.estimates.plan import Plan
from hookline.operate.estimates.quotas import load_quotas

TABLE = load_quotas()


def limits(
    plan: Plan, raised: Mapping[str, int] | None = None, measurements: Measurements | None = None
) -> dict[str, Limit]:
    """Return title → limit, calculated from measurements with round numbers."""
    quotas = TABLE.raised({name: Decimal(value) for name, value in (raised or {}).items()}).quotas
    return {limit.title: limit for limit in Limits(plan, SIZES, measurements or measured(), quotas).all()}


def rate(found: dict[str, Limit], title: str) -> Decimal:
    """Return the events a second that the limit with this title allows."""
    (limit,) = (limit for name, limit in found.items() if name.startswith(title))
    return limit.rate


@pytest.mark.parametrize("name", TABLE.quotas)
def test_every_quota_has_a_source_and_a_remedy(name: str) -> None:
    """Every quota is described completely."""
    quota = TABLE.quotas[name]
    assert quota.source.startswith("https://")
    assert quota.value > 0
    assert quota.title
    assert quota.unit
    assert quota.remedy


SETTINGS = {each.name: each for each in known(TransactionsSettings) + known(ProvidersSettings)}
STACKS: list[dict[str, object]] = [
    {},
    TRANSACTIONS_ALONE,
    PROVIDERS_ALONE,
    {"ordering": "object", "processingReservedConcurrency": 50},
]


def is_offered(remedy: str, *, adjustable: bool) -> bool:
    """Return whether a user can follow a remedy: with a setting, with AWS's quotas or by waiting."""
    raised = re.fullmatch(r"raise (\w+)(?: to ([\d,]+))?", remedy)
    if raised:
        value = raised[2] and int(raised[2].replace(",", ""))
        return raised[1] in SETTINGS and (value is None or SETTINGS[raised[1]].kind.accepts(value))
    chosen = re.fullmatch(r"set (\w+) to (\w+)", remedy)
    if chosen:
        return SETTINGS[chosen[1]].kind.accepts(chosen[2])
    divided = re.fullmatch(r"divide the events between stacks: (\w+) is at most ([\d,]+)", remedy)
    if divided:
        most, kind = int(divided[2].replace(",", "")), SETTINGS[divided[1]].kind
        return kind.accepts(most) and not kind.accepts(most + 1)
    services = "API Gateway|CloudWatch Logs|DynamoDB|EventBridge|Lambda"
    asked = rf"(raise the ({services}) quota [\w -]+|have AWS Support raise it)( to [\d,]+)?"
    return bool(re.fullmatch(asked if adjustable else "(wait|none): .+", remedy))


@pytest.mark.parametrize("name", TABLE.quotas)
def test_the_remedy_of_every_quota_is_offered(name: str) -> None:
    """A quota that AWS does not raise has a setting as its remedy, or passes, or cannot be reached."""
    quota = TABLE.quotas[name]
    assert is_offered(quota.remedy, adjustable=quota.adjustable)


@pytest.mark.parametrize("settings", STACKS, ids=str)
@pytest.mark.parametrize("asked", [10, 1_000, 10_000, 10_000_000])
def test_the_remedy_of_every_limit_is_offered(settings: dict[str, object], asked: int) -> None:
    """Each setting exists and allows the advised value."""
    for limit in limits(plan_with(settings)).values():
        advice = limit.advice(Decimal(asked))
        assert is_offered(advice, adjustable=limit.raisable), f"{limit.title}: {advice}"


def test_the_highest_value_of_every_setting_is_known() -> None:
    """The advice never exceeds what the setting allows."""
    for name, most in HIGHEST.items():
        assert SETTINGS[name].kind.accepts(most)
        assert not SETTINGS[name].kind.accepts(most + 1)


def test_the_table_says_where_and_when() -> None:
    """Quotas depend on the region and change over time."""
    assert (TABLE.region, TABLE.date >= "2026-11-22") == ("us-east-1", True)


def test_order_by_provider_is_met_first() -> None:
    """A batch of ten takes 275 ms, so two providers together are limited to 73 events a second."""
    found = limits(plan_with({"providers": ["stripe", "square"]}))
    assert rate(found, "processing, a provider's events in order") == 2 * 10 / Decimal("0.275")
    assert rate(found, "SQS FIFO message groups, 2") == 600
    first = rank(Decimal(100), found.values()).first
    assert (first.name, first.advice(Decimal(100))) == ("ordering", "set ordering to object")


def test_one_provider_is_within_all_limits_at_225_events_a_second() -> None:
    """The measured CPU time and one call for ten events allow this rate in order, with the default settings."""
    plan = plan_with({"providers": ["stripe"]})
    found = rank(Decimal(225), Limits(plan, of_largest(plan.providers), load_measurements(), TABLE.quotas).all())
    assert not found.met, found.headline


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        ({}, 2),
        ({"logEvents": False}, 1),
        ({"logEvents": False, "forwardTransactions": False}, 1),
        ({"targets": {"ledger": {"arn": "arn:aws:sqs:us-east-1:123456789012:ledger"}}}, 3),
    ],
)
def test_each_rule_that_matches_an_event_takes_an_invocation(settings: dict[str, object], rules: int) -> None:
    """The log group, the transactions system and each target of your own have a rule."""
    (limit,) = (each for each in limits(plan_with(settings)).values() if each.name == "rule_invocations")
    assert limit.per_event == rules


def test_order_by_object_has_no_such_limit() -> None:
    """Processing handles events of different objects at the same time. Only the limit of the whole queue remains."""
    found = limits(plan_with({"ordering": "object"}))
    assert not any(title.startswith(("processing, a provider", "SQS FIFO message groups")) for title in found)
    assert rate(found, "SQS FIFO queue") == 70_000
    # Ten reads of 25 ms and one PutEvents call: 275 ms for ten events, 1,250 batches at a time.
    assert rate(found, "SQS event source") == 1_250 / (Decimal("0.275") / 10)
    assert rate(found, "EventBridge PutEvents") == 100_000


def test_the_stage_lets_through_what_the_program_says() -> None:
    """The stage of the transactions API allows 1,000 requests a second, and the stage of the providers API 10,000."""
    assert rate(limits(plan_with(TRANSACTIONS_ALONE)), "throttling of the transactions API") == 1_000
    assert rate(limits(plan_with()), "throttling of the providers API") == 10_000
    own = plan_with({"transactionsRateLimit": 3_000, "providersRateLimit": 20_000})
    assert rate(limits(own), "throttling of the providers API") == 20_000


def test_a_unit_of_concurrency_answers_ten_requests_a_second_at_most() -> None:
    """The validator takes 5 ms, so a concurrency of 50 could answer 10,000 events a second.

    If the caller waits, Lambda allows only 500. EventBridge does not wait.
    """
    title = "reserved concurrency of validator"
    assert rate(limits(plan_with({**TRANSACTIONS_ALONE, "validatorReservedConcurrency": 50})), title) == 500
    assert rate(limits(plan_with({"validatorReservedConcurrency": 50})), title) == 10_000


def test_a_slow_function_is_limited_by_its_duration() -> None:
    """A request of 200 ms allows five requests a second per unit of concurrency."""
    slow = measured(validator=work(dynamodb_PutItem=40))
    found = limits(plan_with({**TRANSACTIONS_ALONE, "validatorReservedConcurrency": 50}), measurements=slow)
    assert rate(found, "reserved concurrency of validator") == 250


def test_what_is_not_reserved_is_left_for_processing() -> None:
    """Processing has 780 of 1,000, and takes 275 ms for ten events."""
    title = "Lambda concurrency of the account, shared by processing"
    assert rate(limits(plan_with()), title) == 780 / Decimal("0.0275")
    assert rate(limits(plan_with(), {"lambda_concurrency": 2_000}), title) == 1_780 / Decimal("0.0275")


def test_with_every_function_reserved_nothing_is_shared() -> None:
    """Only the reservations are limits, each with the name of its setting."""
    found = limits(plan_with({"ingestionReservedConcurrency": 30, "processingReservedConcurrency": 5}))
    assert not any("shared" in title for title in found)
    assert rate(found, "reserved concurrency of ingestion") == 300
    assert rate(found, "reserved concurrency of processing") == 5 / Decimal("0.0275")


def test_without_reservations_all_functions_share_the_account() -> None:
    """`none` is not a limit of its own."""
    names = ("validator", "router", "ingestion", "processing")
    found = limits(plan_with({f"{name}ReservedConcurrency": "none" for name in names}))
    assert not any(title.startswith("reserved concurrency") for title in found)
    assert any("shared by" in title and all(name in title for name in names) for title in found)


def test_reservations_that_leave_nothing_allow_nothing() -> None:
    """AWS rejects such a deployment; the table shows that the stack handles no event."""
    found = limits(plan_with({"validatorReservedConcurrency": 5_000}))
    shared = next(limit for title, limit in found.items() if "shared" in title)
    assert (shared.rate, shared.utilisation(Decimal(1))) == (0, Decimal("Infinity"))


def test_a_table_is_limited_by_write_units() -> None:
    """An item of 600 bytes takes one unit; the limit of a new table is temporary."""
    found = limits(plan_with(TRANSACTIONS_ALONE))
    new = found["DynamoDB writes, new table: transaction-events-test"]
    assert (new.rate, new.lasting) == (4_000, False)
    assert rate(found, "DynamoDB writes, one table") == 40_000
    wide = Limits(plan_with(TRANSACTIONS_ALONE), SIZES._replace(item=2_500), measured(), TABLE.quotas)
    assert rate({limit.title: limit for limit in wide.all()}, "DynamoDB writes, one table") == Decimal(40_000) / 3


def test_a_second_key_takes_units_too() -> None:
    """An event with a second key takes two writes."""
    aliased = SIZES._replace(aliases=Decimal(1))
    found = Limits(plan_with(PROVIDERS_ALONE), aliased, measured(), TABLE.quotas).all()
    assert rate({limit.title: limit for limit in found}, "DynamoDB writes, one table") == 20_000


def test_the_stream_is_read_by_shard() -> None:
    """A new table has four shards. A batch of 100 records takes ten calls of 10 ms. The setting multiplies the rate."""
    title = "stream of a new table"
    assert rate(limits(plan_with()), title) == 4_000
    assert rate(limits(plan_with({"streamParallelism": 3})), title) == 12_000


def test_a_system_alone_meets_only_its_own_limits() -> None:
    """A stack without providers has no limit of the bus, and a stack without transactions has no limit of the stream.

    Without forwarding, each event invokes only one rule.
    """
    assert not any("EventBridge" in title or "S3" in title for title in limits(plan_with(TRANSACTIONS_ALONE)))
    providers = limits(plan_with(PROVIDERS_ALONE))
    assert not any("stream" in title for title in providers)
    assert rate(providers, "EventBridge invocations") == 18_750
    assert rate(limits(plan_with()), "EventBridge invocations") == 9_375


def test_a_quota_can_be_another() -> None:
    """A granted value replaces the default; an unknown name or the value 0 is an error."""
    assert rate(limits(plan_with(), {"api_requests": 50_000}), "API Gateway requests of the account") == 50_000
    with pytest.raises(UserError, match="there is no quota api: choose from api_requests, "):
        TABLE.raised({"api": Decimal(1)})
    with pytest.raises(UserError, match="the quota api_requests is 0: it must be more than 0"):
        TABLE.raised({"api_requests": Decimal(0)})


@given(st.integers(1, 10**6), st.sampled_from([{}, TRANSACTIONS_ALONE, PROVIDERS_ALONE, {"ordering": "object"}]))
def test_the_first_limit_allows_no_more_than_any_other(asked: int, settings: dict[str, object]) -> None:
    """The first limit has the lowest rate, and is reached first."""
    found = rank(Decimal(asked), limits(plan_with(settings)).values())
    assert found.first.rate == min(limit.rate for limit in found.limits)
    used = [limit.utilisation(found.rate) for limit in found.limits]
    assert used == sorted(used, reverse=True)
    assert found.met == (used[0] > 1)


def test_functions_that_an_event_does_not_pass_still_have_their_reservation() -> None:
    """Without forwarding, a provider's event never reaches the validator. The validator still reserves its 100."""
    found = limits(plan_with({"forwardTransactions": False}))
    assert not any("validator" in title or "router" in title for title in found)
    assert rate(found, "Lambda concurrency of the account") == 780 / Decimal("0.0275")


@given(st.integers(1, 10**6))
def test_what_is_advised_is_enough(asked: int) -> None:
    """The advised concurrency allows the rate, and a value lower by one does not."""
    title = "Lambda concurrency of the account, shared by processing"
    needed = limits(plan_with())[title].needed(Decimal(asked))
    assert limits(plan_with(), {"lambda_concurrency": needed})[title].rate >= asked
    assert limits(plan_with(), {"lambda_concurrency": needed - 1})[title].rate < asked


@given(st.sampled_from(sorted(TABLE.quotas.keys() - {"dynamodb_partition", "lambda_requests"})), st.integers(2, 100))
def test_a_higher_quota_never_lowers_a_limit(name: str, factor: int) -> None:
    """A higher quota raises limits or changes nothing.

    The quota of a partition is an exception: with a higher value, a new table has fewer shards.
    """
    before, after = limits(plan_with()), limits(plan_with(), {name: int(TABLE.quotas[name].value) * factor})
    assert all(after[title].rate >= limit.rate for title, limit in before.items())


def test_the_headline_says_it_in_words() -> None:
    """The headline names the lowest limit and its remedy."""
    found = (
        Limit("a", "A", Decimal(1500), Decimal(1), "", "raise a"),
        Limit("b", "B", Decimal(10), Decimal("0.5"), "", "raise b"),
    )
    assert (
        rank(Decimal(5000), found).headline
        == "5,000 events/s is above a limit: the lowest is B, at 20/s; raise b to 2,500"
    )
    assert rank(Decimal(20), found).headline == "20 events/s is within all limits: the lowest is B, at 20/s; raise b"
