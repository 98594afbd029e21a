"""The program never deploys the development certificate, which is only for local mode."""

from support.program import FUNCTION, deploy

from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE


def test_no_function_of_the_program_is_given_a_development_certificate() -> None:
    """No function has the certificate's variable, or the endpoint variable that it requires."""
    names = {name for function in deploy().by_type(FUNCTION) for name in function.inputs["environment"]["variables"]}
    assert {"PROVIDERS", "BUS_NAME"} <= names
    assert names.isdisjoint({DEVELOPMENT_VARIABLE, "AWS_ENDPOINT_URL"})
