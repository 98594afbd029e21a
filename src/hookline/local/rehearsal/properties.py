"""The properties of resources, as the Pulumi engine sends them to a provider plugin."""

from __future__ import annotations

from typing import Any, cast

from google.protobuf import struct_pb2

from hookline.program import wire


def known_inputs(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Return the inputs of a resource as plain values.

    Raises:
        ValueError: if the engine does not know an input yet, which is right only in a preview.
    """
    plain = wire.to_plain(properties)
    if unknown := sorted(key for key, value in plain.items() if _has_unknown(value)):
        raise ValueError(f"the value of {', '.join(unknown)} is not known yet")
    return plain


def changed_inputs(before: struct_pb2.Struct, after: struct_pb2.Struct) -> list[str]:
    """Return the names of the inputs that differ. A secret equals its value, and equal hashes mean equal archives."""
    old, new = wire.comparable(before), wire.comparable(after)
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _has_unknown(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_has_unknown, cast("dict[str, Any]", value).values()))
        case list():
            return any(map(_has_unknown, cast("list[Any]", value)))
        case _:
            return value == wire.UNKNOWN
