"""JSON Pointers (RFC 6901): where in a decoded body a part of it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookline.core.values.strict_json import JsonObject, JsonValue


def pointers_to(root: JsonObject, parts: Sequence[JsonObject]) -> list[str]:
    """Return where each of some parts is; an empty pointer is the root itself.

    Args:
        root: what ``strict_json.decode`` returned.
        parts: the root or objects inside it: the very ones, not equal ones.

    Raises:
        ValueError: when one is not in there.
    """
    wanted = {id(part) for part in parts}
    found = {id(root): ""}
    if wanted - found.keys():  # a single event is its whole body, and spares the walk
        found.update((id(value), pointer) for pointer, value in _walk(root, "") if id(value) in wanted)
    if wanted - found.keys():
        raise ValueError("not a part of this root")
    return [found[id(part)] for part in parts]


def resolve(root: JsonObject, pointer: str) -> JsonObject:
    """Return the object at a pointer.

    Args:
        root: what ``strict_json.decode`` returned.
        pointer: what ``pointers_to`` returned.

    Raises:
        ValueError: when there is no object.
    """
    value: JsonValue = root
    for token in pointer.split("/")[1:]:
        value = _member(value, token)
    if not isinstance(value, dict):
        raise ValueError("no object at this pointer")  # noqa: TRY004 - the pointer is at fault
    return value


def _walk(value: JsonValue, pointer: str) -> Iterator[tuple[str, JsonValue]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        below = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
        yield below, member
        yield from _walk(member, below)


def _member(value: JsonValue, token: str) -> JsonValue:
    if isinstance(value, dict):
        return value.get(token.replace("~1", "/").replace("~0", "~"))
    if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
        return value[int(token)]
    return None
