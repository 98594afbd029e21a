"""The AsyncAPI document of the messages that consumers receive, made from the JSON schemas.

`python -m hookline.operate.asyncapi docs/asyncapi.yaml` writes the file.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import yaml

import hookline
from hookline.core import QUEUES
from hookline.core.values.strict_json import JsonObject, JsonValue, decode

VERSION = "1.0.0"
"""Version of the document. Consumers must ignore fields that a later version adds."""

MESSAGES = {
    "ProviderEvent": "provider-event.v1",
    "Outcome": "outcome.v1",
    "BusEvent": "bus-event.v1",
    "Transaction": "transaction-message.v1",
    "ForwardFailure": "forward-failure.v1",
}
"""Name of a schema in the document → name of its file. `delivery-message.v1` is left out: no consumer receives it."""

_CHANNELS = {
    "bus": ("provider-events-{suffix}", "The EventBridge bus: your own rules select events from it.", "BusEvent"),
    **{
        queue: (f"{queue}-queue-{{suffix}}", f"The SQS queue of each {kind}, once or more.", "Transaction")
        for kind, queue in QUEUES.items()
    },
    **{
        f"{queue}DeadLetters": (
            f"{queue}-dlq-{{suffix}}",
            f"Messages of {queue} that a consumer received three times.",
            "Transaction",
        )
        for queue in QUEUES.values()
    },
    "ruleFailures": (
        "rule-failures-{suffix}",
        "Events of the bus that EventBridge could not deliver to a target.",
        "BusEvent",
    ),
    "forwardFailures": (
        "forward-failures-{suffix}",
        "Events of the bus whose transactions the transactions system did not accept. The validator retries them.",
        "ForwardFailure",
    ),
    "forwardDeadLetters": (
        "forward-dlq-{suffix}",
        "Events of the bus that the validator does not retry any more.",
        "ForwardFailure",
    ),
}
"""Channel → its address, its description and its message. `{suffix}` is the setting `environmentSuffix`."""


def schema(name: str) -> JsonObject:
    """Return the JSON schema in a file of `hookline/schemas`, named without `.json`."""
    return decode((files(hookline) / "schemas" / f"{name}.json").read_bytes())


def document() -> JsonObject:
    """Return the AsyncAPI 3.0 document."""
    schemas = {name: schema(file) for name, file in MESSAGES.items()}
    by_id = {each["$id"]: name for name, each in schemas.items()}
    sent = sorted({message for _, _, message in _CHANNELS.values()})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "hookline",
            "version": VERSION,
            "description": "The messages that consumers receive from hookline. They are made from the JSON schemas in "
            "src/hookline/schemas. Each message can arrive more than once: see the description of its schema.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(*each) for name, each in _CHANNELS.items()},
        "operations": {f"receive-{name}": _operation(name) for name in _CHANNELS},
        "components": {
            "messages": {name: _message(name, schemas[name]) for name in sent},
            "schemas": {name: _inlined(each, name, by_id) for name, each in schemas.items()},
        },
    }


def _channel(address: str, description: str, message: str) -> JsonObject:
    return {
        "address": address,
        "description": description,
        "parameters": {"suffix": {"description": "The setting environmentSuffix, such as dev."}},
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }


def _operation(channel: str) -> JsonObject:
    return {"action": "receive", "channel": {"$ref": f"#/channels/{channel}"}}


def _message(name: str, of: JsonObject) -> JsonObject:
    return {
        "title": of["title"],
        "contentType": "application/json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"#/components/schemas/{name}"},
        },
    }


def _inlined(value: JsonValue, name: str, by_id: Mapping[JsonValue, str]) -> JsonValue:
    """Return a part of a schema as a part of the document, with references inside the document."""
    if isinstance(value, list):
        return [_inlined(each, name, by_id) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _inlined(each, name, by_id) for key, each in value.items() if key not in ("$schema", "$id")}
    if "$ref" in kept:
        target = str(kept["$ref"])
        kept["$ref"] = f"#/components/schemas/{by_id[target] if target in by_id else name + target.removeprefix('#')}"
    return kept


def write(path: Path) -> None:
    """Write the document as YAML."""
    path.write_text(yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
