"""docs/openapi.yaml and docs/api.md describe the behaviour of the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from hookline.core.transactions.reserved_ids import PROVIDER_NAMES
from hookline.core.transactions.transaction import validate
from hookline.core.values.strict_json import decode
from hookline.functions import exchange
from hookline.infra.api_gateway.responses import GATEWAY_RESPONSES
from hookline.infra.transactions.model import TRANSACTION_SCHEMA

ROOT = Path(__file__).parents[2]
OPENAPI: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
API = (ROOT / "docs" / "api.md").read_text()
MESSAGE: dict[str, Any] = json.loads((ROOT / "src/hookline/schemas/transaction-message.v1.json").read_text())
OPERATION: dict[str, Any] = OPENAPI["paths"]["/webhook"]["post"]
SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
OF_PROVIDERS_ALONE = {("400", "missing_header"), ("404", "unknown_provider")}  # see docs/openapi-providers.yaml
RANGES = {"DEFAULT_4XX": "4XX", "DEFAULT_5XX": "5XX"}


def documented() -> dict[tuple[str, str], Any]:
    """Return (status, code) → body for each documented example of an answer."""
    found = {}
    for status, response in OPERATION["responses"].items():
        for name, example in response["content"]["application/json"]["examples"].items():
            body = example["value"]
            assert name == body.get("status", body.get("error", {}).get("code"))
            found[status, name] = body
    return found


def refusals_in_the_code() -> Iterator[tuple[str, str]]:
    """Yield status and code of every `Rejected(…)` in core and functions, and of every answer of API Gateway."""
    for file in [*(ROOT / "src/hookline/core").rglob("*.py"), *(ROOT / "src/hookline/functions").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Rejected":
                status, code = node.args[:2]
                assert isinstance(status, ast.Constant)
                codes = [code.value] if isinstance(code, ast.Constant) else _signature_codes(status)
                yield from ((str(status.value), name) for name in codes)
    for name, response in GATEWAY_RESPONSES.items():
        code = json.loads(response.template.replace("$context.error.messageString", '""'))["error"]["code"]
        yield RANGES.get(name) or str(response.status), code


def _signature_codes(status: ast.Constant) -> list[str]:
    """Return the codes of a rejected signature, which the code computes."""
    assert status.value == 401
    return [code for code, metric in exchange._METRICS.items() if metric == "Unauthorized"]


def test_the_description_is_valid_openapi() -> None:
    """The validator of the OpenAPI 3.1 specification accepts the file."""
    OpenAPIV31SpecValidator(OPENAPI).validate()


def test_every_answer_of_the_code_is_documented_and_no_other() -> None:
    """Each rejection in the code has one example, and each example has a rejection in the code."""
    answers = {*refusals_in_the_code(), ("202", "accepted"), ("200", "duplicate")}
    assert documented().keys() == answers - OF_PROVIDERS_ALONE


@pytest.mark.parametrize(("status", "name"), documented())
def test_an_example_of_an_answer_fits_its_schema(status: str, name: str) -> None:
    """Each example matches the schema in the same file."""
    schema = SCHEMAS["Accepted" if status.startswith("2") else "Error"]
    Draft202012Validator(schema).validate(documented()[status, name])


def test_answers_that_ask_for_a_retry_say_when() -> None:
    """Retry-After is documented where API Gateway or the validator sets it."""
    gateway = {RANGES.get(n) or str(r.status) for n, r in GATEWAY_RESPONSES.items() if "Retry-After" in r.headers}
    assert {status for status, answer in OPERATION["responses"].items() if "headers" in answer} == gateway | {"503"}


def test_the_request_schema_is_the_model_of_api_gateway_and_patterns() -> None:
    """The documented schema is API Gateway's model plus descriptions and patterns."""
    event = SCHEMAS["TransactionEvent"]
    plain = {
        name: {key: value for key, value in schema.items() if key not in {"description", "pattern"}}
        for name, schema in event["properties"].items()
    }
    assert plain == TRANSACTION_SCHEMA["properties"]
    assert (event["type"], event["required"]) == (TRANSACTION_SCHEMA["type"], TRANSACTION_SCHEMA["required"])


def test_examples_of_requests_fit_the_schema_and_the_rules() -> None:
    """The validator accepts each documented example."""
    for example in OPERATION["requestBody"]["content"]["application/json"]["examples"].values():
        Draft202012Validator(SCHEMAS["TransactionEvent"]).validate(example["value"])
        assert validate(decode(json.dumps(example["value"]).encode()), datetime.now(UTC))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", "a b"),
        ("event_id", ""),
        *(("event_id", f"{name}:1") for name in PROVIDER_NAMES),
        ("amount", "1e3"),
        ("amount", "-1"),
        ("currency", "eur"),
    ],
)
def test_the_documented_patterns_refuse_what_the_rules_refuse(field: str, value: str) -> None:
    """A client that validates with these patterns avoids the same 422 answers."""
    assert not Draft202012Validator(SCHEMAS["TransactionEvent"]["properties"][field]).is_valid(value)


def test_the_page_lists_every_answer() -> None:
    """The table in docs/api.md has a line for each status and code of the OpenAPI file."""
    lines = re.findall(r"^\| (\d\d\d|\dXX) \| `(\w+)` \|", API, re.MULTILINE)
    assert sorted(lines) == sorted(documented())


def test_the_page_describes_every_field_of_an_event_and_of_a_message() -> None:
    """The tables in docs/api.md list exactly the properties of the schemas, and mark the required ones."""
    for title, schema in (("The event", SCHEMAS["TransactionEvent"]), ("The message", MESSAGE)):
        section = API.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert section
        rows = re.findall(r"^\| `(\w+)` \| (yes|no) \|", section, re.MULTILINE)
        required = {name: "yes" if name in schema["required"] else "no" for name in schema["properties"]}
        assert dict(rows) == required


def test_the_example_of_a_message_fits_its_schema() -> None:
    """The message belongs to the documented example of an event."""
    blocks = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", API, re.DOTALL)]
    message = next(block for block in blocks if block.get("schema") == "hookline.transaction.v1")
    Draft202012Validator(MESSAGE).validate(message)
    event = next(block for block in blocks if "event_id" in block and "schema" not in block)
    assert event == OPERATION["requestBody"]["content"]["application/json"]["examples"]["payment"]["value"]
    assert message["event_id"] == event["event_id"]
