"""The inputs of a resource in local mode. The function that makes the resource must take every input.

So local mode does not silently ignore an input that it does not support.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from botocore import model

_REQUIRED = object()


class UnsupportedInput(Exception):  # noqa: N818 - the name is clear without Error
    """Raised if the Pulumi program uses an input, a resource type or a function that local mode does not support."""


class Inputs:
    """The inputs of one resource that were not taken yet. An input that nobody takes is an error."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._left = {key: value for key, value in values.items() if value is not None}

    def take(self, key: str, default: Any = _REQUIRED) -> Any:
        """Remove an input and return its value. Raise `UnsupportedInput` if it is missing and there is no default."""
        if key not in self._left and default is _REQUIRED:
            raise UnsupportedInput(f"the argument {key!r} is required")
        return self._left.pop(key, default)

    def has(self, key: str) -> bool:
        """Return True if the program sets an input, and nobody has taken it yet."""
        return key in self._left

    def put(self, key: str, value: Any) -> None:
        """Put an input back, with a new value."""
        self._left[key] = value

    def take_all(self) -> dict[str, Any]:
        """Remove and return all remaining inputs."""
        taken, self._left = self._left, {}
        return taken

    def expect(self, key: str, *allowed: Any) -> None:
        """Remove an input and ignore it. Raise `UnsupportedInput` if its value is not one of the allowed values."""
        value = self._left.pop(key, allowed[0])
        if value not in allowed:
            raise UnsupportedInput(f"the argument {key!r} has a value that local mode does not support: {value!r}")

    def finish(self) -> None:
        """Raise `UnsupportedInput` if an input is left that nobody took."""
        if self._left:
            raise UnsupportedInput(f"local mode does not know the argument {', '.join(map(repr, sorted(self._left)))}")


def fit(client: Any, operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return Pulumi inputs as the parameters of an AWS operation, with AWS's names at every level of nesting.

    Raises:
        UnsupportedInput: if the operation has no parameter with the name or type of an input.
    """
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
    return _structure(shape, values, operation)


def _structure(shape: model.StructureShape, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    fitted: dict[str, Any] = {}
    for key, value in values.items():
        name = names.get(key.lower())
        if name is None:
            raise UnsupportedInput(f"local mode does not know the argument {key!r} ({where} has no such parameter)")
        fitted[name] = _value(shape.members[name], value, f"{where}.{name}")
    return fitted


def _value(shape: model.Shape, value: Any, where: str) -> Any:
    match shape.type_name, value:
        case "structure", dict():
            return _structure(cast("model.StructureShape", shape), cast("dict[str, Any]", value), where)
        case "list", list():
            member = cast("model.ListShape", shape).member
            return [_value(member, item, where) for item in cast("list[Any]", value)]
        case "map", dict():
            member = cast("model.MapShape", shape).value
            return {key: _value(member, item, where) for key, item in cast("dict[str, Any]", value).items()}
        case "string", bool():
            return str(value).lower()
        case "string", str() | int() | float():
            return str(value)
        case _:
            return _scalar(shape, value, where)


def _scalar(shape: model.Shape, value: Any, where: str) -> Any:
    if shape.type_name in {"structure", "list", "map", "string"} or isinstance(value, (dict, list)):
        given = type(cast("object", value)).__name__
        raise UnsupportedInput(f"local mode cannot pass a {given} as {where}, which is a {shape.type_name}")
    return value
