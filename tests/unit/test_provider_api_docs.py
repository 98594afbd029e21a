"""docs/openapi-providers.yaml describes the behaviour of the providers' endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import paths_of
from hookline.functions.ingestion import MAX_DELIVERED_BYTES
from hookline.functions.providers.intake import MAX_BODY_BYTES
from hookline.infra.api_gateway.responses import GATEWAY_RESPONSES

ROOT = Path(__file__).parents[2]
OPENAPI: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi-providers.yaml").read_text())
RESPONSES: dict[str, Any] = OPENAPI["components"]["responses"]
EXAMPLES = [
    (name, code, example["value"])
    for name, response in RESPONSES.items()
    for code, example in response["content"]["application/json"]["examples"].items()
]


def test_the_description_is_valid_openapi() -> None:
    """The validator of the OpenAPI 3.1 specification accepts the file."""
    OpenAPIV31SpecValidator(OPENAPI).validate()


def test_there_is_a_path_for_each_endpoint_with_the_headers_that_it_must_send() -> None:
    """The file and API Gateway require the same headers."""
    documented = {
        path: [parameter["name"] for parameter in item["post"].get("parameters", []) if parameter["required"]]
        for path, item in OPENAPI["paths"].items()
    }
    endpoints = {path: headers for name in PROVIDER_NAMES for path, headers in paths_of(name).items()}
    assert documented == {f"/{path}": list(headers) for path, headers in endpoints.items()}


def test_each_path_documents_the_same_answers() -> None:
    """Each endpoint documents all answers."""
    answers = [item["post"]["responses"] for item in OPENAPI["paths"].values()]
    assert all(each == answers[0] for each in answers)
    assert {reference["$ref"].rpartition("/")[2] for reference in answers[0].values()} == RESPONSES.keys()


@pytest.mark.parametrize(("name", "code", "body"), EXAMPLES, ids=[code for _, code, _ in EXAMPLES])
def test_an_example_of_an_answer_fits_its_schema(name: str, code: str, body: dict[str, Any]) -> None:
    """The name of each example is its code."""
    schemas = OPENAPI["components"]["schemas"]
    Draft202012Validator(schemas["Taken" if name == "Taken" else "Error"]).validate(body)
    assert code == body.get("status", body.get("error", {}).get("code"))


def test_api_gateways_own_codes_are_documented() -> None:
    """This covers all answers with a fixed status, without the model's answer, which these endpoints do not have."""
    codes = {code for _, code, _ in EXAMPLES}
    for name, response in GATEWAY_RESPONSES.items():
        if response.status is not None and name != "BAD_REQUEST_BODY":
            assert any(f'"{code}"' in response.template for code in codes), name


def test_the_limit_of_the_body_is_the_codes() -> None:
    """The texts and ingestion have the same limits."""
    assert f"{MAX_BODY_BYTES:,} bytes" in OPENAPI["info"]["description"]
    examples = RESPONSES["TooLarge"]["content"]["application/json"]["examples"]
    assert f"{MAX_DELIVERED_BYTES} bytes" in examples["payload_too_large"]["value"]["error"]["message"]
