"""The contracts with consumers: JSON schemas, the AsyncAPI document, and fields that may not change."""

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from support.contracts import SCHEMAS, check

from hookline.operate import asyncapi

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text("utf-8"))
PROMISED = Path(__file__).with_name("promised_fields.txt")


def fields(schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    """Yield each field of a schema, with its types and whether it is always there."""
    if reference := schema.get("$ref", ""):
        if reference.startswith("#"):
            yield from fields(root["$defs"][reference.rpartition("/")[2]], root, path)
        return
    if "items" in schema:
        yield from fields(schema["items"], root, f"{path}[]")
    for name, inner in schema.get("properties", {}).items():
        always = "always" if name in schema.get("required", ()) else "possibly"
        yield f"{path}{name}: {' or '.join(sorted(types(inner, root)))}, {always}"
        yield from fields(inner, root, f"{path}{name}.")


def types(schema: dict[str, Any], root: dict[str, Any]) -> set[str]:
    """Return the JSON types that a schema allows."""
    if reference := schema.get("$ref", ""):
        name = reference.rpartition("/")[2]
        return types(root["$defs"][name], root) if reference.startswith("#") else {reference}
    if "anyOf" in schema:
        return {each for choice in schema["anyOf"] for each in types(choice, root)}
    if "const" in schema or "enum" in schema:
        return {"string"}
    given = schema["type"]
    return set(given) if isinstance(given, list) else {given}


def promised() -> list[str]:
    """Return all fields of all schemas, as lines of the list of promised fields."""
    return [f"{name} {field}" for name, schema in SCHEMAS.items() for field in fields(schema, schema, "")]


def test_no_field_that_consumers_may_read_disappears_or_changes_its_type() -> None:
    """Such a change needs a new version of the schema, in a file of its own. A new field is added to the list."""
    listed, found = PROMISED.read_text("utf-8").splitlines(), promised()
    assert not set(listed) - set(found), "gone or changed: give the schema a new version"
    assert not set(found) - set(listed), "add these lines to promised_fields.txt"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_is_valid_and_has_a_description_of_each_field(name: str) -> None:
    """A consumer reads the schema, and not the code. Only a constant and an own object need no words."""
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:hookline:{name.replace('.', ':')}"
    for field, inner in schema["properties"].items():
        assert {"description", "const", "$ref", "anyOf", "enum"} & inner.keys(), field


def test_the_document_is_made_from_the_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make fix` writes it."""
    assert asyncapi.document() == DOCUMENT
    monkeypatch.setattr(sys, "argv", ["asyncapi", str(tmp_path / "written.yaml")])
    runpy.run_path(asyncapi.__file__, run_name="__main__")
    assert (tmp_path / "written.yaml").read_bytes() == (ROOT / "docs" / "asyncapi.yaml").read_bytes()


def test_each_reference_in_the_document_leads_somewhere() -> None:
    """Tools follow the references."""

    def references(value: Any) -> Iterator[str]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in inner:
            yield from references(each)

    found = list(references(DOCUMENT))
    assert len(found) > len(DOCUMENT["channels"])
    for reference in found:
        place: Any = DOCUMENT
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]
        assert place


def test_every_schema_but_the_internal_one_is_in_the_document() -> None:
    """No consumer receives a delivery message."""
    assert set(asyncapi.MESSAGES.values()) == SCHEMAS.keys() - {"delivery-message.v1"}


def test_a_renamed_field_of_a_message_is_noticed() -> None:
    """The end-to-end tests validate all messages in this way."""
    message: dict[str, Any] = {
        "schema": "hookline.transaction.v1",
        "event_id": "evt_1",
        "transaction_type": "payment",
        "amount": "1",
        "currency": None,
        "timestamp": "2026-11-21T12:00:00Z",
        "received_at": "2026-11-21T12:00:00Z",
        "metadata": {},
    }
    check("transaction-message.v1", message)
    renamed = {("value" if key == "amount" else key): value for key, value in message.items()}
    with pytest.raises(ValidationError):
        check("transaction-message.v1", renamed)


def test_a_bus_event_has_a_detail_of_ours() -> None:
    """A provider's event and an outcome are the only details."""
    envelope = json.loads(
        '{"version": "0", "id": "1", "detail-type": "x", "source": "hookline.stripe", "account": "1", "region": "r",'
        ' "time": "2026-11-21T12:00:00Z", "resources": [], "detail": {}}'
    )
    with pytest.raises(ValidationError):
        check("bus-event.v1", envelope)
