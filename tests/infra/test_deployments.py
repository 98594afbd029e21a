"""What API Gateway serves during and after a `pulumi up`: a deployment is a snapshot, and Pulumi deletes last."""

import pytest
from support.engine_order import FakeGateway, play, readable
from support.program import PROVIDERS, TRANSACTIONS, deploy

FEWER = '["stripe", "adyen"]'
LIMITED = '{"square": ["192.0.2.1"]}'
CHANGES = [
    ({}, {"providers": FEWER}),
    ({"providers": FEWER}, {}),
    ({"providers": FEWER}, {"providers": '["square"]'}),
    ({"providerRateLimits": '{"square": 5}'}, {"providers": FEWER}),
    ({}, {"allowedAddresses": LIMITED}),
    ({"allowedAddresses": LIMITED}, {}),
    ({}, {"provisionedConcurrency": "5"}),
    ({"provisionedConcurrency": "5"}, {}),
    ({"provisionedConcurrency": "5"}, {"provisionedConcurrency": "6"}),
]


def after(before: dict[str, str], change: dict[str, str]) -> FakeGateway:
    """Return the gateway after two runs of `pulumi up`; at no step may a served path lack its permission."""
    gateway, first, second = FakeGateway(), deploy(**before), deploy(**change)
    for run in ((None, first), (first, second)):
        for step in play(gateway, *run):
            assert not gateway.without_permission(), f"after {step.urn}"
    return gateway


@pytest.mark.parametrize(("before", "change"), CHANGES)
def test_no_change_of_a_setting_makes_a_path_answer_500(before: dict[str, str], change: dict[str, str]) -> None:
    """At each step of an `up`, API Gateway may call the function of every path that it serves.

    A path without this permission answers 500, until somebody makes another deployment.
    """
    assert after(before, change).served


@pytest.mark.parametrize(("before", "change"), CHANGES)
def test_api_gateway_serves_what_the_program_declares(before: dict[str, str], change: dict[str, str]) -> None:
    """Nothing of an API is deleted after its last deployment, which would go on serving it."""
    gateway = after(before, change)
    assert len(gateway.served) == 2
    for parts in gateway.served.values():
        (api,) = {part.inputs.get("restApi") or part.inputs["restApiId"] for part in parts.values()}
        assert readable(parts) == readable(gateway.now(api))


@pytest.mark.parametrize("system", [TRANSACTIONS, PROVIDERS])
def test_a_path_may_call_its_function_before_it_is_served(system: str) -> None:
    """The deployment waits for the permissions."""
    gateway = FakeGateway()
    for _ in play(gateway, None, deploy(systems=system)):
        assert not gateway.without_permission()
    assert len(gateway.served) == 1
