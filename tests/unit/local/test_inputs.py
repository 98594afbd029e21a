"""The inputs of a resource, and their translation to parameters of AWS calls."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.emulator import FakeCloud

from hookline.local.provision.inputs import Inputs, UnsupportedInput, fit


def test_an_input_is_taken_once() -> None:
    """A taken input is removed."""
    inputs = Inputs({"name": "q", "gone": None})
    assert inputs.has("name")
    assert not inputs.has("gone")
    assert inputs.take("name") == "q"
    assert inputs.take("name", "default") == "default"
    inputs.finish()


def test_a_missing_input_without_a_default_is_named() -> None:
    """The message names the required argument."""
    with pytest.raises(UnsupportedInput, match="'name' is required"):
        Inputs({}).take("name")


def test_what_nobody_took_is_named() -> None:
    """No input is dropped silently."""
    with pytest.raises(UnsupportedInput, match="does not know the argument 'a', 'b'"):
        Inputs({"b": 1, "a": 2}).finish()


def test_the_rest_can_be_taken_and_a_changed_value_put_back() -> None:
    """`put` and `take_all` work together."""
    inputs = Inputs({"a": 1, "b": 2})
    inputs.put("a", inputs.take("a") + 10)
    assert inputs.take_all() == {"a": 11, "b": 2}
    inputs.finish()


def test_an_expected_value_is_taken() -> None:
    """The first allowed value is also the default."""
    inputs = Inputs({"fifo": False})
    inputs.expect("fifo", False)
    inputs.expect("other", "x", "y")
    inputs.finish()


def test_another_value_than_expected_is_refused() -> None:
    """The message names the argument and its value."""
    with pytest.raises(UnsupportedInput, match="'fifo' has a value that local mode does not support: True"):
        Inputs({"fifo": True}).expect("fifo", False)


def fitted(operation: str, values: dict[str, Any], service: str = "lambda") -> dict[str, Any]:
    """Return values in the form that an operation takes."""
    return fit(FakeCloud().client(service), operation, values)


def test_names_fit_at_every_depth() -> None:
    """Names get AWS's capitals at every depth, and values become strings if AWS expects strings."""
    values = {
        "functionName": "f",
        "memorySize": 256,
        "publish": True,
        "layers": ["a"],
        "environment": {"variables": {"DAYS": 35, "ON": True}},
        "tracingConfig": {"mode": "Active"},
        "code": {"zipFile": b"zip"},
    }
    assert fitted("create_function", values) == {
        "FunctionName": "f",
        "MemorySize": 256,
        "Publish": True,
        "Layers": ["a"],
        "Environment": {"Variables": {"DAYS": "35", "ON": "true"}},
        "TracingConfig": {"Mode": "Active"},
        "Code": {"ZipFile": b"zip"},
    }


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"colour": "red"}, r"'colour' \(create_function has no such parameter\)"),
        ({"vpcConfig": {"nets": []}}, r"'nets' \(create_function.VpcConfig has no such parameter\)"),
        ({"fileSystemConfigs": [{"at": "/"}]}, r"'at' \(create_function.FileSystemConfigs has no such parameter\)"),
        ({"vpcConfig": ["x"]}, "a list as create_function.VpcConfig, which is a structure"),
        ({"layers": "abc"}, "a str as create_function.Layers, which is a list"),
        ({"tags": "abc"}, "a str as create_function.Tags, which is a map"),
        ({"role": {"a": 1}}, "a dict as create_function.Role, which is a string"),
        ({"timeout": [3]}, "a list as create_function.Timeout, which is a integer"),
    ],
)
def test_what_has_no_counterpart_is_named(values: dict[str, Any], named: str) -> None:
    """The message names the argument and the reason."""
    with pytest.raises(UnsupportedInput, match=named):
        fitted("create_function", values)
