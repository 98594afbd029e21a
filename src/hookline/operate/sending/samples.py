"""Functions that read the sample events of all providers, give them new ids, and change their values."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

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
    return {
        name: sorted(file.name.removesuffix(".json") for file in _folder(name).iterdir())
        for name in sorted(PROVIDER_NAMES)
    }


def read(name: str, event: str) -> bytes:
    """Return the bytes of a provider's sample event.

    Args:
        name: the provider's name.
        event: name of the sample event, such as `payment`.

    Raises:
        UserError: if there is no such sample.
    """
    known = names()
    if name not in known:
        raise UserError(f"there is no provider {name}: choose from {', '.join(known)}")
    if event not in known[name]:
        raise UserError(f"there is no sample {event} of {name}: choose from {', '.join(known[name])}")
    return (_folder(name) / f"{event}.json").read_bytes()


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
