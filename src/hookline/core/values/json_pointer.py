"""JSON Pointers (RFC 6901), which say where an object is in the decoded body of a delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookline.core.values.strict_json import JsonObject, JsonValue


def pointers_to(root: JsonObject, parts: Sequence[JsonObject]) -> list[str]:
    """Return the JSON Pointer to each object in ``parts``. The JSON Pointer to ``root`` is an empty string.

    Args:
        root: the result of ``strict_json.decode``.
        parts: the root or objects inside the root, compared by identity (``is``). No part is inside another part.

    Raises:
        ValueError: when a part is not inside the root.
    """
    wanted = {id(part) for part in parts}
    found = {id(root): ""}
    if wanted - found.keys():  # if the event is the whole body, the search below is not necessary
        found.update(_walk(root, "", wanted))
    if wanted - found.keys():
        raise ValueError("an object is not part of this root")
    return [found[id(part)] for part in parts]


def resolve(root: JsonObject, pointer: str) -> JsonObject:
    """Return the object to which a JSON Pointer refers.

    Args:
        root: the result of ``strict_json.decode``.
        pointer: a result of ``pointers_to``.

    Raises:
        ValueError: when there is no object at the pointer.
    """
    value: JsonValue = root
    for token in pointer.split("/")[1:]:
        value = _member(value, token)
    if not isinstance(value, dict):
        raise ValueError("no object at this pointer")  # noqa: TRY004 - the pointer is wrong, not a type
    return value


def _walk(container: JsonObject | list[JsonValue], pointer: str, wanted: set[int]) -> Iterator[tuple[int, str]]:
    """Yield identity and JSON Pointer of each wanted object inside a container, without a look into wanted objects."""
    members = container.items() if isinstance(container, dict) else enumerate(container)
    for name, member in members:
        if isinstance(member, dict | list):
            below = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
            if id(member) in wanted:
                yield id(member), below
            else:
                yield from _walk(member, below, wanted)


def _member(value: JsonValue, token: str) -> JsonValue:
    if isinstance(value, dict):
        return value.get(token.replace("~1", "/").replace("~0", "~"))
    if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
        return value[int(token)]
    return None
