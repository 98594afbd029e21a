"""What may only be trusted in local mode is nothing that the program could deploy."""

from support.program import FUNCTION, deploy

from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE


def test_no_function_of_the_program_is_given_a_development_certificate() -> None:
    """Neither the variable nor the one beside which it counts."""
    names = {name for function in deploy().by_type(FUNCTION) for name in function.inputs["environment"]["variables"]}
    assert {"PROVIDERS", "BUS_NAME"} <= names
    assert names.isdisjoint({DEVELOPMENT_VARIABLE, "AWS_ENDPOINT_URL"})
