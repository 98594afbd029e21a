"""JSON Pointers to the parts of a body: building and resolving."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.core.values.json_pointer import pointers_to, resolve

BODY: dict[str, Any] = {"items": [{"item": {"id": 1}}, {"item": {"id": 1}}], "a/b~c": {"": {"x": "y"}}, "n": 1}


def test_the_whole_body_has_an_empty_pointer() -> None:
    """An event that is the whole body has an empty pointer."""
    assert pointers_to(BODY, [BODY]) == [""]
    assert resolve(BODY, "") is BODY


def test_equal_parts_are_told_apart() -> None:
    """Equal objects at different places have different pointers."""
    parts = [each["item"] for each in BODY["items"]]
    assert pointers_to(BODY, parts) == ["/items/0/item", "/items/1/item"]


def test_the_characters_that_mean_something_are_escaped() -> None:
    """RFC 6901, section 3: ~0 is a tilde, ~1 is a slash."""
    assert pointers_to(BODY, [BODY["a/b~c"][""]]) == ["/a~1b~0c/"]


@given(
    st.recursive(
        st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30
    ).map(lambda value: {"root": value})
)
def test_every_pointer_leads_back(body: Any) -> None:
    """For any names, a pointer resolves to the object for which it was built."""
    objects = [body]
    pending = [body]
    while pending:
        value = pending.pop()
        inner = [*(value.values() if isinstance(value, dict) else value)]
        pending += [each for each in inner if isinstance(each, dict | list)]
        objects += [each for each in inner if isinstance(each, dict)]
    assert all(resolve(body, *pointers_to(body, [part])) is part for part in objects)


def test_what_is_not_in_a_body_has_no_pointer() -> None:
    """An equal object from elsewhere is not part of the body."""
    with pytest.raises(ValueError, match="not part"):
        pointers_to(BODY, [{"id": 1}])


@pytest.mark.parametrize("pointer", ["/items", "/items/2", "/items/-1", "/items/x", "/items/0/item/id/x", "/n", "/no"])
def test_a_pointer_to_anything_but_an_object_is_refused(pointer: str) -> None:
    """A pointer to a list, to a number or to no value is an error."""
    with pytest.raises(ValueError, match="no object"):
        resolve(BODY, pointer)
