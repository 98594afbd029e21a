"""What may only be trusted in local mode is nothing that the program could deploy."""

from typing import Any

from infra.stack import ACCOUNT, FUNCTION, PROGRAM, FakeCloud

from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE
from hookline.program.engine import run_program

CONFIG = {"aws:region": "us-east-1", "hookline:environmentSuffix": "dev"}


class CloudWithAccount(FakeCloud):
    """Knows which account it is."""

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """The account, whatever was asked."""
        return {"accountId": ACCOUNT, "id": ACCOUNT}


def test_no_function_of_the_program_is_given_a_development_certificate() -> None:
    """Neither the variable nor the one beside which it counts."""
    deployed = run_program(PROGRAM, project="hookline", stack="dev", config=CONFIG, provider=CloudWithAccount())
    functions = deployed.by_type(FUNCTION)
    names = {name for function in functions for name in function.inputs["environment"]["variables"]}
    assert {"PROVIDERS", "BUS_NAME"} <= names
    assert names.isdisjoint({DEVELOPMENT_VARIABLE, "AWS_ENDPOINT_URL"})
