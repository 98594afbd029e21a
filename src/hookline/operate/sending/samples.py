"""Functions that read the sample events of all providers, give them new ids, and change their values.

Each provider has a file for each of its main samples. The other samples are variants: a main sample with other values.
There is a variant for each event type and status in the provider's table.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import hookline
from hookline.core import PROVIDER_NAMES
from hookline.core.errors import Rejected
from hookline.core.providers import shopify
from hookline.core.providers.contract import USUAL, Delivery, Settings
from hookline.core.providers.registry import provider
from hookline.core.values.strict_json import JsonObject, JsonValue, decode, encode
from hookline.errors import UserError

KEPT = 4
"""Number of characters at the beginning of an id that a new id keeps, because they name the type of the object."""

_KINDS = (("abcdef", re.compile("[a-z]")), ("ABCDEF", re.compile("[A-Z]")), ("0123456789", re.compile("[0-9]")))
_INDEX = re.compile("0|[1-9][0-9]{0,4}")


def names() -> dict[str, list[str]]:
    """Return the names of all sample events, as provider → sorted names."""
    return {name: [*_main(name), *sorted(_variants(name))] for name in sorted(PROVIDER_NAMES)}


def table_of(name: str) -> list[str]:
    """Return the names of the samples that stand for the rows of a provider's table."""
    return sorted(_variants(name))


def read(name: str, event: str) -> bytes:
    """Return the bytes of a provider's sample event.

    Args:
        name: the provider's name.
        event: name of the sample event, such as `payment` or `charge.dispute.closed.lost`.

    Raises:
        UserError: if there is no such sample.
    """
    if name not in PROVIDER_NAMES:
        raise UserError(f"there is no provider {name}: choose from {', '.join(sorted(PROVIDER_NAMES))}")
    if event in _main(name):
        return (_folder(name) / f"{event}.json").read_bytes()
    variant = _variants(name).get(event)
    if variant is None:
        near = get_close_matches(event, names()[name], n=6, cutoff=0.4) or _main(name)
        raise UserError(
            f"there is no sample {event} of {name}: choose from {', '.join(near)}, or see `hookline trigger --list`"
        )
    payload = decode((_folder(name) / f"{variant['of']}.json").read_bytes())
    for path, value in variant["changes"].items():
        _assign(payload, path, value)
    return encode(payload).encode()


def topic_of(event: str) -> str:
    """Return the topic of Shopify in the name of a sample. Return an empty string if its body shows the topic."""
    return event.partition(".")[0] if event.startswith("disputes/") else ""


def with_new_ids(name: str, body: bytes) -> bytes:
    """Return a copy of a webhook body in which each event and its object have new random ids.

    Args:
        name: the provider's name.
        body: a body in the format of the provider.
    """
    text = body.decode()
    for old in sorted(_ids(name, body), key=len, reverse=True):
        text = text.replace(old, new_id(old))
    return text.encode()


def new_id(old: str) -> str:
    """Return an id that keeps the first `KEPT` characters of an old id, and has random digits and letters after them.

    A digit replaces a digit, and a letter of the same case replaces a letter. Other characters stay.
    """
    return old[:KEPT] + "".join(map(_another, old[KEPT:]))


def with_overrides(body: bytes, assignments: Iterable[str]) -> bytes:
    """Return a JSON body with changed values.

    Args:
        body: the body in JSON.
        assignments: the changes, each as `path=value`. The path names members of the JSON, separated by dots. A number
            in the path is an index of a list. The value is JSON. Text that is not valid JSON becomes a string.

    Raises:
        UserError: if an assignment has no path or no `=`, or its path does not exist.
    """
    listed = list(assignments)
    if not listed:
        return body
    payload = decode(body)
    for assignment in listed:
        path, equals, text = assignment.partition("=")
        if not (path and equals):
            raise UserError(f"an override must have the form path=value, such as data.object.amount=1250: {assignment}")
        _assign(payload, path, _value(text))
    return encode(payload).encode()


def _folder(name: str) -> Traversable:
    return files(hookline) / "samples" / name


def _main(name: str) -> list[str]:
    return sorted(file.name.removesuffix(".json") for file in _folder(name).iterdir())


@cache
def _variants(name: str) -> Mapping[str, Any]:
    """Return the variants of a provider: name → the main sample (`of`) and its `changes`, as path → value."""
    file = files(hookline) / "sample_variants" / f"{name}.json"
    return json.loads(file.read_text("utf-8"), parse_float=Decimal) if file.is_file() else {}


def _ids(name: str, body: bytes) -> set[str]:
    module, payload = provider(name), decode(body)
    headers = {header.lower(): "none" for header in module.required_headers}
    headers[shopify.TOPIC_HEADER] = shopify.topic_of(payload)
    ids: set[str] = set()
    for event in module.identify(Delivery(body, headers), payload, Settings()):
        ids |= {event.event_id, event.object_id, *(record.object_id for record in module.normalise(event, USUAL))}
        ids.add(str(event.payload.get("pspReference", "")))  # Adyen's event id contains the `pspReference`
    return {value for value in ids if len(value) > KEPT}


def _another(character: str) -> str:
    choices = next((letters for letters, kind in _KINDS if kind.fullmatch(character)), character)
    return secrets.choice(choices)


def _value(text: str) -> JsonValue:
    try:
        return decode(f'{{"value":{text}}}'.encode())["value"]
    except Rejected:
        return text


def _assign(payload: JsonObject, path: str, value: JsonValue) -> None:
    *parents, last = path.split(".")
    place: JsonValue = payload
    for key in parents:
        place = _step(place, key, path)
    if isinstance(place, dict):
        place[last] = value
    elif isinstance(place, list) and _INDEX.fullmatch(last) and int(last) < len(place):
        place[int(last)] = value
    else:
        raise _nowhere(path, last)


def _step(place: JsonValue, key: str, path: str) -> JsonValue:
    if isinstance(place, dict) and key in place:
        return place[key]
    if isinstance(place, list) and _INDEX.fullmatch(key) and int(key) < len(place):
        return place[int(key)]
    raise _nowhere(path, key)


def _nowhere(path: str, key: str) -> UserError:
    return UserError(f"the override {path} does not match the sample: it has no {json.dumps(key)} there")
