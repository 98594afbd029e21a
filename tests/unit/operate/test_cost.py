"""The monthly bill."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import NOW
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.sqs import FakeSqs
from support.fakes.table import outbox_table
from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.pipeline.webhooks import signed, stripe_payment
from support.plans import PROVIDERS_ALONE, ROOT, SIZES, TRANSACTIONS_ALONE, measured, plan_with, work

from hookline.errors import UserError
from hookline.functions import router, secrets, validator
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.infra.settings.stack import all_settings
from hookline.operate.estimates import fixed_usage
from hookline.operate.estimates.cost import Bill, make_bill
from hookline.operate.estimates.event_sizes import of_direct
from hookline.operate.estimates.fixed_usage import SYSTEM_METRICS
from hookline.operate.estimates.measurements import load_measurements
from hookline.operate.estimates.plan import Plan
from hookline.operate.estimates.prices import load_prices
from hookline.operate.estimates.usage import GB, ITEM_OVERHEAD_BYTES, Load, monthly_usage
from hookline.program.engine import Deployment

PRICES = load_prices()
SAMPLING_RULE = "aws:xray/samplingRule:SamplingRule"
NOT_LINEAR = {"traces", "secret_reads"}
"""Lines whose cost does not grow in proportion to the events."""


def bill(plan: Plan, events: int, *, payload_bytes: int = 2_000, batch: int = 1, free_tier: bool = False) -> Bill:
    """Return the bill, based on the real measurements."""
    load = Load(events, payload_bytes, SIZES if plan.providers else of_direct(payload_bytes), batch)
    return make_bill(plan, load, load_measurements(), PRICES, free_tier=free_tier)


def used(plan: Plan, events: int = 1_000_000, batch: int = 1) -> dict[str, Decimal]:
    """Return the usage of events of 1,000 bytes, based on measurements with round numbers."""
    return monthly_usage(plan, Load(events, 1_000, SIZES, batch), measured())


def test_a_million_events_of_your_own_reckoned_by_hand() -> None:
    """Each event takes one request, two invocations, one write of one unit and one send."""
    found = used(plan_with(TRANSACTIONS_ALONE))
    assert found["api_requests"] == found["dynamodb_writes"] == found["sqs_standard"] == 1_000_000
    assert found["lambda_requests"] == 2_000_000
    # The validator takes 5 ms and the router 10 ms, plus 1 % cold starts of 100 ms, with a quarter of a GB.
    assert found["lambda_duration"] == 1_000_000 * Decimal(6 + 11) / 1000 / 4
    assert found["dynamodb_storage"] == found["dynamodb_recovery"] == Decimal(700_000_000) * 35 / 30 / GB
    assert found["traces"] == 1_050_000  # 5 % at the API, and each invocation of the router: less than one a second
    assert found["logs_ingestion"] == Decimal(2_000_000 * 350) / GB
    assert {name for name in found if name.startswith(("s3", "eventbridge", "sqs_fifo"))} == set()


def test_a_million_events_of_a_provider_reckoned_by_hand() -> None:
    """Each event is archived, passes the FIFO queue and the bus, and becomes a transaction."""
    found = used(plan_with())
    assert found["lambda_requests"] == 4_000_000
    assert found["dynamodb_writes"] == 2_000_000
    assert found["sqs_fifo"] == 3_000_000  # sent, received, deleted
    assert found["s3_puts"] == found["s3_gets"] == found["eventbridge_events"] == 1_000_000
    assert found["s3_storage"] == Decimal(1_000_000 * 1_000) / GB
    assert found["eventbridge_archiving"] == Decimal(1_000_000 * (800 + 320)) / GB
    assert found["eventbridge_archive"] == found["eventbridge_archiving"] * 7 / 30
    lines = {line.name: line.usd for line in bill(plan_with(), 1_000_000).lines}
    assert (lines["s3_puts"], lines["api_requests"], lines["eventbridge_events"]) == (5, Decimal("3.5"), 1)


def test_what_batches_share_is_divided() -> None:
    """A batch of ten events needs a tenth of the invocations, receives and sends. Other usage does not change."""
    one, ten = used(plan_with()), used(plan_with(), batch=10)
    assert ten["lambda_requests"] == 2_200_000
    assert ten["sqs_fifo"] == 1_200_000
    assert ten["sqs_standard"] == 100_000
    assert (ten["s3_gets"], ten["eventbridge_events"]) == (one["s3_gets"], one["eventbridge_events"])


def test_large_messages_are_billed_by_chunk() -> None:
    """A message of 100 KB is billed as two requests of 64 KB, and its item as 98 write units."""
    sizes = SIZES._replace(item=100_000, message=100_000)
    load = Load(1_000, 100_000, sizes, 1)
    found = monthly_usage(plan_with(TRANSACTIONS_ALONE), load, measured())
    assert (found["sqs_standard"], found["dynamodb_writes"]) == (2_000, 98_000)


def test_a_second_key_is_read_and_recorded() -> None:
    """An event with a second key needs one more read and one more write."""
    load = Load(1_000, 1_000, SIZES._replace(aliases=Decimal(1)), 1)
    found = monthly_usage(plan_with(PROVIDERS_ALONE), load, measured())
    assert (found["dynamodb_reads"], found["dynamodb_writes"]) == (2_000, 2_000)


@pytest.mark.parametrize(
    ("share", "limit", "record_days", "item_days"),
    [(0, None, 35, 30), (1, None, 30, 30), (1, 400, 400, 400), (0, 400, 35, 30)],
)
def test_items_that_never_expire_count_with_one_months_growth(
    share: int, limit: int | None, record_days: int, item_days: int
) -> None:
    """Records of providers that sign no time, and all transactions of providers, stay unless the stack limits them."""
    plan = plan_with({} if limit is None else {"untimedExpiryDays": limit})
    found = monthly_usage(plan, Load(1_000, 1_000, SIZES._replace(untimed=Decimal(share)), 1), measured())
    record, item = SIZES.record + ITEM_OVERHEAD_BYTES, SIZES.item + ITEM_OVERHEAD_BYTES
    stored = Decimal(1_000 * (record * record_days + item * item_days)) / 30 / GB
    assert abs(found["dynamodb_storage"] - stored) < Decimal("1e-9")


def test_settings_show_in_the_bill() -> None:
    """Provisioned concurrency costs all month, access logs cost per event, and a disabled bus archive costs nothing."""
    plain, changed = (
        used(plan_with()),
        used(plan_with({"provisionedConcurrency": 2, "apiGatewayLogging": "account", "busArchiveDays": 0})),
    )
    assert (plain["lambda_provisioned"], changed["lambda_provisioned"]) == (0, 2 * 2_592_000 / 4)
    assert changed["logs_ingestion"] - plain["logs_ingestion"] == Decimal(1_000_000 * 560) / GB
    assert "eventbridge_archive" not in changed


def test_without_the_log_group_the_events_of_the_bus_are_no_log() -> None:
    """The other lines stay the same."""
    plain, without = used(plan_with()), used(plan_with({"logEvents": False}))
    assert {line for line in plain if plain[line] != without.get(line)} == {"logs_ingestion", "logs_storage"}
    assert plain["logs_ingestion"] - without["logs_ingestion"] == Decimal(1_000_000 * (800 + 320)) / GB


def test_recovery_to_a_point_in_time_costs_where_it_is_declared() -> None:
    """Without point-in-time recovery, the bill has no such line."""
    plan = plan_with(TRANSACTIONS_ALONE)
    off = {"pointInTimeRecovery": {"enabled": False}}
    resources = [replace(made, inputs={**made.inputs, **off}) for made in plan.deployment.resources]
    assert "dynamodb_recovery" in used(plan)
    assert "dynamodb_recovery" not in used(Plan(Deployment(resources)))


def traces(settings: dict[str, object], a_second: int = 1) -> Decimal:
    """Return the traces of a month with this many events in each second."""
    return used(plan_with({**TRANSACTIONS_ALONE, **settings}), a_second * 2_592_000)["traces"]


def test_the_api_is_traced_by_its_own_rule_and_the_router_by_lambdas() -> None:
    """Lambda records the first request of each second and 5 % of the others. The API's rule has no such first request.

    The validator continues the API's trace, so it adds none.
    """
    seconds = 2_592_000
    assert traces({}, 10) == 10 * seconds * Decimal("0.05") + seconds + Decimal(9 * seconds) / 20
    assert traces({"apiTracePercent": 0}, 10) == seconds + Decimal(9 * seconds) / 20
    assert traces({"apiTracePercent": "aws"}, 10) == 2 * (seconds + Decimal(9 * seconds) / 20)


def test_a_function_that_passes_traces_through_starts_none() -> None:
    """Only the API's traces are left, with both systems too."""
    assert traces({"tracing": "passthrough"}) == 2_592_000 * Decimal("0.05")
    assert used(plan_with({"tracing": "passthrough"}))["traces"] == 50_000


def test_a_sampling_rule_counts_only_for_the_stage_that_it_names() -> None:
    """A rule for another API does not change the traces of the API that gets the events."""
    plan = plan_with()
    rule = next(made for made in plan.deployment.by_type(SAMPLING_RULE) if "providers" in made.name)
    others = [made for made in plan.deployment.resources if made is not rule]
    assert used(plan)["traces"] == 2_050_000
    assert used(Plan(Deployment(others, plan.deployment.outputs)))["traces"] == 3_000_000


@pytest.mark.parametrize(
    ("settings", "payload_bytes", "moved"),
    [({}, 131_071, False), ({}, 131_072, True), ({"moveSmallObjects": True}, 1, True)],
)
def test_objects_below_128_kib_stay_in_s3_standard(
    settings: dict[str, object], payload_bytes: int, moved: bool
) -> None:
    """Each object that moves is billed once, and has 8 KB in S3 Standard and 32 KB in Glacier on top."""
    found = monthly_usage(plan_with(settings), Load(1_000, payload_bytes, SIZES, 1), measured())
    assert found.get("s3_transitions", 0) == (1_000 if moved else 0)
    assert found["s3_storage"] == Decimal(1_000 * (payload_bytes + (8_192 if moved else 0))) / GB
    assert found.get("s3_glacier", 0) == (Decimal(1_000 * (payload_bytes + 32_768)) / GB if moved else 0)


def test_metrics_of_methods_are_billed_only_if_they_are_on() -> None:
    """Each method has five metrics."""
    off, on = used(plan_with(PROVIDERS_ALONE)), used(plan_with({**PROVIDERS_ALONE, "methodMetrics": True}))
    assert on["metrics"] - off["metrics"] == 5


def test_each_queue_that_lambda_polls_is_billed_by_its_kind() -> None:
    """Five long polls of 20 seconds are open for the whole month, at the price of a FIFO or a standard queue."""
    plan = plan_with(PROVIDERS_ALONE)
    mapping = plan.deployment.one("aws:lambda/eventSourceMapping:EventSourceMapping")
    rules = replace(mapping, inputs={**mapping.inputs, "eventSourceArn": "rule-failures-test"})
    both = used(Plan(Deployment([*plan.deployment.resources, rules], plan.deployment.outputs)))
    assert (both["sqs_polling"], both["sqs_polling_standard"]) == (648_000, 648_000)
    assert used(plan)["sqs_polling_standard"] == used(plan_with(TRANSACTIONS_ALONE))["sqs_polling"] == 0


def test_each_line_names_what_makes_it() -> None:
    """A reason is a requirement or a setting. A stack shows no requirement of a system that it does not have."""
    known = set(re.findall(r"^\| (\w+) \|", (ROOT / "docs" / "requirements.md").read_text(), re.MULTILINE))
    known |= {setting.name for setting in all_settings()}
    assert {reason for price in PRICES.prices.values() for reason in price.reasons} <= known
    assert all(line.reasons for line in bill(plan_with(), 1_000_000).lines)
    for settings, other in ((TRANSACTIONS_ALONE, "B"), (PROVIDERS_ALONE, "A")):
        lines = bill(plan_with(settings), 1_000_000).lines
        assert not [reason for line in lines for reason in line.reasons if reason.startswith(other)]
        assert next(line.reasons for line in lines if line.name == "kms_requests") == ("C5",)


def test_a_secret_is_read_once_in_five_minutes_by_each_environment() -> None:
    """At least one environment reads the secret. The bill does not count measured calls that read the secret again."""
    changed = measured(validator=work(dynamodb_PutItem=1, secretsmanager_GetSecretValue=1))
    plan = plan_with(TRANSACTIONS_ALONE)
    assert monthly_usage(plan, Load(1, 1_000, SIZES, 1), changed)["secret_reads"] == 8_640
    busy = Load(1_000 * 2_592_000, 1_000, SIZES, 1)
    assert monthly_usage(plan, busy, measured())["secret_reads"] == 5 * 8_640


def test_the_caches_of_secrets_and_of_data_keys_are_two_things(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function caches its secret, and AWS services cache a data key. The times are equal only by chance."""
    before = used(plan_with(TRANSACTIONS_ALONE), 0)
    monkeypatch.setattr(fixed_usage, "KEY_CACHE_SECONDS", 2 * fixed_usage.KEY_CACHE_SECONDS)
    after = used(plan_with(TRANSACTIONS_ALONE), 0)
    # Three queues need three calls an hour, and the table one in five minutes.
    assert (before["kms_requests"], after["kms_requests"]) == (720 * (9 + 12), 720 * (9 + 6))
    assert after["secret_reads"] == before["secret_reads"]
    assert fixed_usage.SECRET_CACHE_SECONDS == secrets.CACHE_SECONDS


def test_a_call_without_a_price_is_an_error() -> None:
    """The bill must not leave a call out."""
    changed = measured(router=work(records=10, sns_Publish=1))
    with pytest.raises(UserError, match=r"measured\.json has the call sns:Publish, but prices\.json has no price"):
        monthly_usage(plan_with(TRANSACTIONS_ALONE), Load(1, 1, SIZES, 1), changed)


def test_without_events_the_fixed_lines_are_left() -> None:
    """The lines are alarms, dashboards, metrics, secrets, keys and polling."""
    found = bill(plan_with(), 0)
    assert {line.name for line in found.lines} == {
        "sqs_polling",
        "sqs_polling_standard",
        "metrics",
        "alarms",
        "dashboards",
        "secrets",
        "secret_reads",
        "kms_requests",
    }
    assert found.total > found.fixed > 10  # reads of the secret are not fixed
    assert found.per_million == 0


def test_lambda_polls_the_failure_queue_only_if_the_stack_forwards() -> None:
    """The mapping polls as often as that of the FIFO queue, but a request of a standard queue costs less."""
    polls = 5 * 30 * 86_400 // 20
    assert used(plan_with(), 0)["sqs_polling"] == used(plan_with(), 0)["sqs_polling_standard"] == polls
    assert used(plan_with({"forwardTransactions": False}), 0)["sqs_polling_standard"] == 0
    assert used(plan_with(TRANSACTIONS_ALONE), 0)["sqs_polling"] == 0


def test_the_free_tier_makes_it_cheaper() -> None:
    """With the free tier, a small stack costs little."""
    plan = plan_with(TRANSACTIONS_ALONE)
    assert bill(plan, 100_000, free_tier=True).total < 4 < bill(plan, 100_000).total


@given(st.integers(0, 50_000_000), st.integers(1, 10))
def test_twice_the_events_are_twice_the_variable_lines(events: int, batch: int) -> None:
    """This holds within one tier of prices."""
    plan = plan_with()
    once = {line.name: line for line in bill(plan, events, batch=batch).lines}
    for line in bill(plan, 2 * events, batch=batch).lines:
        if line.name in NOT_LINEAR:
            continue
        factor = 1 if line.price.fixed else 2
        before = once[line.name].usd if line.name in once else Decimal(0)
        assert abs(line.usd - factor * before) < Decimal("1e-12")


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 240_000), st.integers(0, 10_000))
def test_more_events_or_bytes_never_cost_less(events: int, more: int, payload_bytes: int, wider: int) -> None:
    """This holds for both systems."""
    for plan in (plan_with(), plan_with(TRANSACTIONS_ALONE)):
        small = bill(plan, events, payload_bytes=payload_bytes)
        large = bill(plan, events + more, payload_bytes=payload_bytes + wider)
        assert small.total <= large.total


@given(st.integers(0, 10**9))
def test_the_total_is_the_sum_of_the_lines(events: int) -> None:
    """Amounts are rounded only for the output."""
    found = bill(plan_with(PROVIDERS_ALONE), events)
    assert found.total == sum(line.usd for line in found.lines)
    assert isinstance(found.total, Decimal)


def test_the_metrics_are_those_that_the_functions_write(capsys: pytest.CaptureFixture[str]) -> None:
    """This holds for each system in normal operation."""
    system = System(Cloud())
    system.post("stripe", signed("stripe", stripe_payment("evt_1", "pi_1"), system.cloud.now))
    system.process()
    _route_one()
    written: dict[str, set[str]] = {"transactions": set(), "providers": set()}
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        written[line["Service"]] |= {metric["Name"] for metric in directive["Metrics"]}
    written["transactions"].remove("Unsigned")  # this validator accepts unsigned events
    assert {system: set(names) for system, names in SYSTEM_METRICS.items()} == written


def _route_one() -> None:
    """Send an event through the validator and the router."""
    table = outbox_table()
    unsigned = validator.Validator(
        outbox=OutboxTable(table, "events", 35, None),
        allow_unsigned=True,
        secrets=SigningSecrets(SecretValue(FakeSecretsManager("{}"), "arn:secret"), "transactions"),
        telemetry=Telemetry("transactions", "dev"),
        now=lambda: NOW,
    )
    event = {"event_id": "evt_1", "transaction_type": "payment", "amount": "1", "timestamp": "2026-11-21T10:21:00Z"}
    validator.respond(unsigned, {"body": json.dumps(event), "headers": {"content-type": "application/json"}})
    (item,) = table.stored.values()
    queues = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": item}}
    telemetry = Telemetry("transactions", "dev")
    router.respond(router.Router(FakeSqs(), queues, "failures", telemetry, lambda: NOW), {"Records": [record]})
