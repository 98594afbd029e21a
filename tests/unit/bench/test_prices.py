"""The prices of the variants."""

from support.plans import SIZES, TRANSACTIONS_ALONE, measured, plan_with, work

from bench.prices import excess_units
from hookline.operate.estimates.usage import Load


def test_records_of_idempotency_are_small_writes() -> None:
    """An event's item of 4,500 bytes takes five units; each of the two additional writes takes only one."""
    plan, load = plan_with(TRANSACTIONS_ALONE), Load(1_000, 4_000, SIZES._replace(item=4_500), 1)
    variant = measured(validator=work(dynamodb_PutItem=2, dynamodb_UpdateItem=1))
    assert excess_units(plan, load, variant, measured()) == 1_000 * 2 * (5 - 1)
    assert excess_units(plan, load, measured(), measured()) == 0
