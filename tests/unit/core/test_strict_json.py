"""Strict JSON: rejected input, decoded values, and canonical encoding."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.outcome import outcome_of

from hookline.core.errors import Rejected
from hookline.core.values.strict_json import (
    MAX_DEPTH,
    MAX_NUMBER_LENGTH,
    MAX_VALUES,
    decode,
    decode_leniently,
    encode,
)

keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**60), 10**60)
    | st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**20), max_value=10**20)
    | keys
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(keys, values, max_size=4)


def refused(body: bytes, decoder: Callable[[bytes], object] = decode) -> str:
    """Decode, expect a rejection, and return its message."""
    with pytest.raises(Rejected) as caught:
        decoder(body)
    assert (caught.value.status, caught.value.code, caught.value.field) == (400, "malformed_json", None)
    return caught.value.message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1}x', "not JSON"),
        (b'{"a":"\x01"}', "not JSON"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"null", "JSON object"),
        (b'{"a":1,"a":2}', "same key twice"),
        (b'{"m":[{"a":1,"\\u0061":1}]}', "same key twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "NaN"),
        (b'{"a":1e99999999999999999999}', "out of range"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b'{"a":["x",{"b":"\\udfff"}]}', "surrogate"),
    ],
)
def test_refuses_what_json_leaves_open_or_forbids(body: bytes, reason: str) -> None:
    """Bytes that are not a plain JSON object in UTF-8 get 400 and a reason."""
    assert reason in refused(body)


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"k":', b"}")])
def test_nesting_is_bounded(brackets: tuple[bytes, bytes]) -> None:
    """The maximum depth decodes, and any greater depth is rejected."""
    opening, closing = brackets

    def nested(depth: int) -> bytes:
        return b'{"a":' + opening * (depth - 1) + b"1" + closing * (depth - 1) + b"}"

    assert decode(nested(MAX_DEPTH))
    assert "deep" in refused(nested(MAX_DEPTH + 1))
    assert "deep" in refused(nested(100_000))


@pytest.mark.parametrize("digit", ["1", "0.1", "1e1"])
def test_numbers_are_bounded(digit: str) -> None:
    """A number of the maximum length decodes, and any longer number is rejected."""
    longest = digit.ljust(MAX_NUMBER_LENGTH, "0") if "e" not in digit else "1" * (MAX_NUMBER_LENGTH - 5) + "e1"
    assert decode(f'{{"a":{longest}}}'.encode())
    assert "number" in refused(f'{{"a":1{longest}}}'.encode())
    assert "number" in refused(f'{{"a":{"1" * 5000}}}'.encode())


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,70})(\.[0-9]{1,70})?([eE][+-]?[0-9]{1,4})?", fullmatch=True))
@example("1" * 60 + "e10")
def test_a_number_that_was_decoded_can_be_written_and_decoded_again(number: str) -> None:
    """The canonical form of a number may be longer than the original. It must still be decodable."""
    try:
        decoded = decode(f'{{"a":{number}}}'.encode())
    except Rejected:
        assert len(number) > MAX_NUMBER_LENGTH - 6
    else:
        assert decode(encode(decoded).encode()) == decoded


def test_the_number_of_values_is_bounded() -> None:
    """1 MiB of empty objects took half a second. A usual body of this size has far fewer values."""
    assert decode(b'{"a":[' + b",".join([b"1"] * (MAX_VALUES - 2)) + b"]}")
    for value in (b"{}", b"[]", b"1"):
        assert f"more than {MAX_VALUES} values" in refused(b'{"a":[' + b",".join([value] * MAX_VALUES) + b"]}")
    items = b",".join([b'{"id":"%036d","amount":%d}' % (number, number) for number in range(15_000)])
    assert decode(b'{"items":[' + items + b"]}")


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    """Two escaped surrogates become one character."""
    assert decode(rb'{"a":"\ud83c\udfa3"}') == {"a": "🎣"}


def test_only_a_mending_decoder_skips_a_byte_order_mark() -> None:
    """The mark may be in front of the body only. The transactions endpoint, which does not mend, refuses it."""
    assert decode(b'\xef\xbb\xbf{"a":1}', mend=True) == {"a": 1}
    assert "JSON" in refused(b'\xef\xbb\xbf{"a":1}')
    with pytest.raises(Rejected):
        decode(b'{"a":1}\xef\xbb\xbf', mend=True)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (b'"a":1,"a":2', 2),
        (b'"a":"\x00\n"', "\x00\n"),
        (b'"a":"\xff"', "\N{REPLACEMENT CHARACTER}"),
        (b'"a":"\\ud800"', "\N{REPLACEMENT CHARACTER}"),
        (b'"a":' + b"9" * MAX_NUMBER_LENGTH, int("9" * MAX_NUMBER_LENGTH)),
        (b'"a":' + b"9" * 5000, "9" * 5000),
        (b'"a":1.50', Decimal("1.50")),
        (b'"a":1e99999999999999999999', "1e99999999999999999999"),
        (b'"a":0.' + b"9" * 5000, "0." + "9" * 5000),
        (b'"a":NaN', "NaN"),
        (b'"a":-Infinity', "-Infinity"),
    ],
    ids=lambda part: str(part)[:20],
)
def test_the_lenient_decoder_reads_what_the_strict_one_rejects(member: bytes, value: object) -> None:
    """Each value is bounded, and can be written as UTF-8 or as an exact number."""
    assert decode_leniently(b"\xef\xbb\xbf {" + member + b"}\n") == {"a": value}


def test_the_lenient_decoder_reads_any_depth_that_python_can() -> None:
    """A greater depth gets 400."""
    assert decode_leniently(b'{"a":' + b"[" * 100 + b"]" * 100 + b"}")
    for depth in (700, 50_000):
        assert "deep" in refused(b'{"a":' + b"[" * depth + b"]" * depth + b"}", decode_leniently)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{} {}", b'{"a":', b'{"a":[' + b"1," * MAX_VALUES + b"1]}"])
def test_the_lenient_decoder_rejects_what_has_no_fields_or_too_many(body: bytes) -> None:
    """The number of values is limited before decoding."""
    assert refused(body, decode_leniently)


def test_numbers_are_exact() -> None:
    """Decimals keep all their digits, and integers stay integers."""
    decoded = decode(b'{"a":0.1000000000000000055511151231257827,"b":12345678901234567890123,"c":1E400}')
    assert encode(decoded) == ('{"a":0.1000000000000000055511151231257827,"b":12345678901234567890123,"c":1E+400}')
    assert isinstance(decoded["b"], int)


def test_encoding_is_canonical() -> None:
    """Keys are sorted, there are no spaces, and the text is ASCII."""
    assert encode({"b": [True, False, None], "a": {"é": "\u0000🎣", "B": Decimal("1.50")}}) == (
        '{"a":{"B":1.50,"\\u00e9":"\\u0000\\ud83c\\udfa3"},"b":[true,false,null]}'
    )


@pytest.mark.parametrize(("value", "error"), [(Decimal("NaN"), ValueError), (1.5, TypeError), ((1, 2), TypeError)])
def test_encoding_refuses_what_is_not_exact_json(value: object, error: type[Exception]) -> None:
    """A float, a tuple and NaN are errors of the caller."""
    with pytest.raises(error):
        encode(value)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'{"a":"\\ud800\\u0041"}')
def test_any_bytes_decode_or_are_refused(body: bytes) -> None:
    """Any bytes give an object or a 4xx, without another exception."""
    outcome = outcome_of(decode, body)
    assert outcome.status == 400 if isinstance(outcome, Rejected) else isinstance(outcome, dict)


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=4) | st.floats() | st.lists(st.floats(), max_size=2)))
def test_whatever_the_usual_encoder_writes_decodes_or_is_refused(value: dict[str, object]) -> None:
    """Lone surrogates and numbers that JSON does not have get a 4xx."""
    outcome = outcome_of(decode, json.dumps(value).encode())
    assert outcome.status == 400 if isinstance(outcome, Rejected) else outcome.keys() == value.keys()


@given(objects)
def test_what_is_encoded_decodes_to_the_same(value: dict[str, object]) -> None:
    """Encoding and decoding give an equal object, and the same text again."""
    text = encode(value)
    assert text.isascii()
    decoded = decode(text.encode())
    assert decoded == value
    assert encode(decoded) == text
