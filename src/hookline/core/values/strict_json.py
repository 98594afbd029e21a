"""A JSON decoder that rejects ambiguous or too deep JSON, a lenient one, and an encoder. All keep numbers exact.

``json.loads`` is not enough for money and for messages that an operator can replay. It accepts duplicate keys, NaN and
unpaired surrogates, and converts decimal numbers to floats.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn, TypeAlias

from hookline.core.errors import Rejected, malformed_json

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | Decimal | bool | None"

JsonObject: TypeAlias = dict[str, JsonValue]

MAX_DEPTH = 32
"""Maximum depth of nested objects and arrays in a body."""

MAX_VALUES = 100_000
"""Maximum number of commas and opening brackets in a body, which limits the number of values.

Decoding 1 MiB of empty arrays takes 30 times as long as decoding a usual body of this size.
"""

MAX_NUMBER_LENGTH = 64
"""Maximum number of characters of a number in JSON."""


def decode(body: bytes, *, mend: bool = False) -> JsonObject:
    """Decode a body that must be one JSON object (RFC 8259).

    Args:
        body: the exact bytes received.
        mend: whether the character U+FFFD replaces each unpaired surrogate, and a byte-order mark in front of the body
            is skipped. Otherwise, the body is rejected. Genuine webhooks can contain half an emoji in a free text. A
            decoder may skip the mark (RFC 8259, section 8.1).

    Returns:
        The object. Numbers without decimal point and exponent are ``int``, all other numbers are ``Decimal``.

    Raises:
        Rejected: 400 ``malformed_json`` when the body is not one JSON object or exceeds a limit of this module.
    """
    _check_count(body)
    try:
        value = _decode(_DECODER, (body.removeprefix(_BYTE_ORDER_MARK) if mend else body).decode("utf-8"))
    except UnicodeDecodeError:
        raise malformed_json("the body is not UTF-8") from None
    except RecursionError:
        raise malformed_json(_TOO_DEEP) from None
    except json.JSONDecodeError:
        raise malformed_json("the body is not JSON") from None
    if not isinstance(value, dict):
        raise malformed_json("the body must be a JSON object")
    if not _may_be_deep_or_hold_surrogates(body):
        return value
    _check_depth(value)
    if mend:
        return {_mended_text(name): _mended(member) for name, member in value.items()}
    _check_texts(value)
    return value


def decode_leniently(body: bytes) -> JsonObject:
    """Decode a body that ``decode`` rejects, so far that signed fields inside it can be read. Do not book its values.

    The last one of equal keys counts. A text may contain control characters. The character U+FFFD replaces each byte
    that is not UTF-8, and each unpaired surrogate. A number that ``decode`` rejects, NaN and Infinity become texts.

    Args:
        body: the exact bytes received.

    Raises:
        Rejected: 400 ``malformed_json`` when the body is not one JSON object, has more than ``MAX_VALUES`` values, or
            is nested so deep that Python cannot decode it.
    """
    _check_count(body)
    try:
        text = body.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "replace")
        value = _mended(_decode(_LENIENT_DECODER, text))
    except RecursionError:
        raise malformed_json("the body is nested too deep") from None
    except json.JSONDecodeError:
        raise malformed_json("the body is not JSON") from None
    if not isinstance(value, dict):
        raise malformed_json("the body must be a JSON object")
    return value


def encode(value: JsonValue) -> str:
    """Encode a value as canonical JSON: keys sorted by code point, no spaces, ASCII, exact numbers.

    Args:
        value: a result of ``decode``, or a value inside such a result.

    Raises:
        ValueError: for a ``Decimal`` that is not finite.
        TypeError: for any type that JSON cannot represent exactly, such as ``float``.
    """
    return _CANONICAL[type(value)](value)


def encode_in_order(value: object) -> str:
    """Encode a value like ``encode``, but without sorting the keys. Use it for JSON texts that no code compares."""
    return _IN_ORDER[type(value)](value)


def join_object(texts: Mapping[str, str]) -> str:
    """Return a canonical JSON object from values that are already encoded.

    Args:
        texts: key → value as canonical JSON, sorted by key. The keys must not contain characters that JSON escapes.
    """
    return "{" + ",".join([f'"{name}":{text}' for name, text in texts.items()]) + "}"


class _Writers(dict["type[object]", "Callable[[Any], str]"]):
    """Python type → function that encodes a value of this type.

    Python's own C encoder is not used because it accepts floats.
    """

    def __init__(self, order: Callable[[JsonObject], Iterable[str]]) -> None:
        self._order = order
        self[str] = encode_basestring_ascii
        self[int] = int.__repr__
        self[Decimal] = _decimal_text
        self[bool] = {True: "true", False: "false"}.__getitem__
        self[type(None)] = {None: "null"}.__getitem__
        self[dict] = self._object
        self[list] = self._array

    def __missing__(self, kind: type[object]) -> Callable[[Any], str]:
        raise TypeError(f"the type {kind.__name__} cannot be encoded exactly")

    def _object(self, members: JsonObject) -> str:
        texts = [
            f"{encode_basestring_ascii(name)}:{self[type(value := members[name])](value)}"
            for name in self._order(members)
        ]
        return "{" + ",".join(texts) + "}"

    def _array(self, values: list[JsonValue]) -> str:
        return "[" + ",".join([self[type(value)](value) for value in values]) + "]"


def _decimal_text(number: Decimal) -> str:
    if not number.is_finite():
        raise ValueError("a number that is not finite cannot be encoded")
    return str(number)


_CANONICAL = _Writers(sorted)
_IN_ORDER = _Writers(iter)

_TOO_DEEP = f"the body is nested more than {MAX_DEPTH} levels deep"
_WHITESPACE = " \t\n\r"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def _check_count(body: bytes) -> None:
    if len(body) > MAX_VALUES and sum(map(body.count, (b"{", b"[", b","))) > MAX_VALUES:
        raise malformed_json(f"the body has more than {MAX_VALUES} values")


def _number_text(text: str) -> str:
    if len(text) > MAX_NUMBER_LENGTH:
        raise malformed_json(f"a number has more than {MAX_NUMBER_LENGTH} characters")
    return text


def _integer(text: str) -> int:
    return int(_number_text(text))


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(_number_text(text))
    except InvalidOperation:  # for example, an exponent of 20 digits
        raise malformed_json("a number is out of range") from None
    _number_text(str(number))  # the encoded number can be longer than ``text``, and ``decode`` must accept it too
    return number


def _integer_or_text(text: str) -> int | str:
    return int(text) if len(text) <= MAX_NUMBER_LENGTH else text


def _decimal_or_text(text: str) -> Decimal | str:
    try:
        return _decimal(text)
    except Rejected:
        return text


def _no_constant(_name: str) -> NoReturn:
    raise malformed_json("NaN and Infinity are not JSON")


def _unique_keys(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise malformed_json("an object has the same key twice")
    return members


_DECODER = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_no_constant,
    object_pairs_hook=_unique_keys,
)

_LENIENT_DECODER = json.JSONDecoder(
    parse_int=_integer_or_text, parse_float=_decimal_or_text, parse_constant=str, strict=False
)


def _decode(decoder: json.JSONDecoder, text: str) -> JsonValue:
    text = text.strip(_WHITESPACE)
    value, end = decoder.raw_decode(text)
    if end != len(text):
        raise json.JSONDecodeError("more than one value", text, end)
    return value


def _may_be_deep_or_hold_surrogates(body: bytes) -> bool:
    """Return whether a body needs the check of depth and surrogates, which takes a fifth of the decoding time."""
    return b"\\u" in body or body.count(b"{") + body.count(b"[") > MAX_DEPTH


def _check_depth(root: JsonObject) -> None:
    level: list[JsonObject | list[JsonValue]] = [root]
    for _ in range(MAX_DEPTH):
        level = [child for container in level for child in _members(container) if isinstance(child, dict | list)]
        if not level:
            return
    raise malformed_json(_TOO_DEEP)


def _check_texts(container: JsonObject | list[JsonValue]) -> None:
    """Reject unpaired surrogates in the keys and strings of a container (object or array), and of all inside it."""
    if isinstance(container, dict):
        for key in container:
            _check_text(key)
    for member in _members(container):
        if isinstance(member, str):
            _check_text(member)
        elif isinstance(member, dict | list):
            _check_texts(member)


def _members(container: JsonObject | list[JsonValue]) -> Iterable[JsonValue]:
    return container.values() if isinstance(container, dict) else container


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise malformed_json("a string contains an unpaired surrogate") from None


def _mended(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _mended_text(value)
    if isinstance(value, dict):
        return {_mended_text(name): _mended(member) for name, member in value.items()}
    return [_mended(member) for member in value] if isinstance(value, list) else value


def _mended_text(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
