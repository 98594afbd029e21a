"""The check of the setting `standardWebhooks`: the mappings of Standard Webhooks senders."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from hookline.core.sender_mapping import ALL, KINDS, MAJOR, MINOR
from hookline.core.senders import OWN, is_name
from hookline.infra.settings.kinds import Kind

MAX_LENGTH = 2_000
"""Maximum number of characters of all mappings as JSON: all environment variables of a function have at most 4 KB."""

ALLOWED = (
    'an object of sender → mapping, such as {"shop": {"payments": {"types": ["order.paid"], "amount": "data.amount", '
    '"unit": "minor", "currency": "data.currency", "id": "data.id"}}}'
)

_FIELD = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,7}")
_WORD = re.compile(r"[!-~]{1,128}")
_REQUIRED = ("types", "amount", "unit", "currency", "id")
_LISTS = ("types", "booked", "ignored")
_OPTIONAL = ("payment", "reference", "status", "booked", "ignored")


def mappings() -> Kind:
    """Return the kind of the setting. It checks only that the value is an object: `problem_in` checks the rest."""
    return Kind(ALLOWED, lambda value: isinstance(value, Mapping) and bool(cast("object", value)), json.loads)


def problem_in(value: object) -> str | None:
    """Return what is wrong with the value of the setting, and what is allowed. Return None for a right value."""
    return next(_problems(value), None)


def _problems(value: object) -> Iterator[str]:
    for sender, mapping in _members(value).items():
        if not (is_name(sender) or sender in (OWN, ALL)):
            yield f"{sender} must be the name of a sender, {OWN} for the sender without a name, or {ALL} for all others"
        yield from _in_mapping(sender, mapping)
    if len(json.dumps(_members(value))) > MAX_LENGTH:
        yield f"it must have at most {MAX_LENGTH} characters as JSON"


def _in_mapping(where: str, mapping: object) -> Iterator[str]:
    members = _members(mapping)
    kinds = [kind for kind in KINDS if kind in members]
    if not kinds or not {*KINDS, "type"}.issuperset(members):
        yield f"{where} must have one or more of {', '.join(KINDS)}, and can have type"
    if "type" in members:
        yield from _in_field(f"{where}.type", members["type"])
    for kind in kinds:
        yield from _in_kind(f"{where}.{kind}", kind, _members(members[kind]))
    types = [each for kind in kinds for each in _items(_members(members[kind]).get("types"))]
    if len(set(types)) < len(types):
        yield f"{where} must have each event type once"


def _in_kind(where: str, kind: str, members: Mapping[str, object]) -> Iterator[str]:
    optional = [name for name in _OPTIONAL if not (name == "payment" and kind == "payments")]
    if not ({*_REQUIRED}.issubset(members) and {*_REQUIRED, *optional}.issuperset(members)):
        yield f"{where} must have {', '.join(_REQUIRED)}, and can have {', '.join(optional)}"
    if ("status" in members) != ("booked" in members) or ("ignored" in members and "status" not in members):
        yield f"{where} must have status and booked together, and ignored only with them"
    for name, value in members.items():
        yield from _in_member(f"{where}.{name}", name, value)
    if {*_items(members.get("booked"))} & {*_items(members.get("ignored"))}:
        yield f"{where} must not have a status in both booked and ignored"


def _in_member(where: str, name: str, value: object) -> Iterator[str]:
    if name == "unit":
        if value not in (MINOR, MAJOR):
            yield f"{where} must be {MINOR} or {MAJOR}"
    elif name in _LISTS:
        items = _items(value)
        if not items or not all(_WORD.fullmatch(each) for each in items) or len(set(items)) < len(items):
            yield f"{where} must be a list of one or more texts without spaces, each once"
    else:
        yield from _in_field(where, value)


def _in_field(where: str, value: object) -> Iterator[str]:
    if not (isinstance(value, str) and _FIELD.fullmatch(value)):
        yield f"{where} must be the path of a field, such as data.amount"


def _members(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value if isinstance(value, Mapping) else {})


def _items(value: object) -> list[str]:
    items = cast("list[object]", value if isinstance(value, list) else [])
    return [str(each) if isinstance(each, str) else "" for each in items]
