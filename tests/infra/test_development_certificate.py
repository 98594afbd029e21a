"""What may only be trusted in local mode is nothing that the program could deploy."""

from infra.stack import FUNCTION

from hookline.functions.certificates import DEVELOPMENT_VARIABLE
from hookline.local.engine import Deployment


def test_no_function_of_the_program_is_given_a_development_certificate(
    stack: Deployment, full_stack: Deployment
) -> None:
    """Neither the variable nor the one beside which it counts, whatever is switched on."""
    functions = [function for deployed in (stack, full_stack) for function in deployed.by_type(FUNCTION)]
    names = {name for function in functions for name in function.inputs["environment"]["variables"]}
    assert "PROVIDERS" in names
    assert names.isdisjoint({DEVELOPMENT_VARIABLE, "AWS_ENDPOINT_URL"})
