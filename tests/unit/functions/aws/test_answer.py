"""The HTTP/1.1 reader returns a complete answer or fails, for any split into pieces."""

import gzip
import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.functions.aws.answer import MAX_LINE_BYTES, Reader, read_answer

BODY = gzip.compress(b"any bytes at all")
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Amzn-RequestId: 1\r\n\r\n" % len(BODY) + BODY
CHUNKED = (
    b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: Chunked\r\n\r\n"
    + b"5;name=value\r\nabcde\r\nA\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n"
)
UNTIL_END = b"HTTP/1.1 200 OK\r\nServer: any\r\n\r\n" + BODY
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + WITH_LENGTH
NO_REASON = b"HTTP/1.1 200 \r\ncontent-length:0\r\n\r\n"

ANSWERS = {
    "with a length": (WITH_LENGTH, 200, BODY, True),
    "in chunks": (CHUNKED, 404, b"abcde0123456789", True),
    "until the end": (UNTIL_END, 200, BODY, False),
    "after an interim answer": (INTERIM, 200, BODY, True),
    "without a reason": (NO_REASON, 200, b"", True),
    "the last one": (b"HTTP/1.1 503 No\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nno", 503, b"no", False),
}


class Pieces:
    """A socket that returns prepared pieces, and then the end.

    Attributes:
        timeouts: the timeouts that were set, in order.
    """

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.timeouts: list[float] = []

    def settimeout(self, seconds: float) -> None:
        """Record the timeout."""
        self.timeouts.append(seconds)

    def recv(self, count: int) -> bytes:
        """Return the next piece, but at most `count` bytes of it."""
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if piece[count:]:
            self.pieces.insert(0, piece[count:])
        return piece[:count]


def reader(*pieces: bytes) -> Any:
    """Return a reader without a time limit."""
    source: Any = Pieces(*pieces)
    return Reader(source, math.inf)


@pytest.mark.parametrize(("data", "status", "body", "is_kept"), ANSWERS.values(), ids=ANSWERS)
@given(cuts=st.lists(st.integers(0, 200), max_size=6))
def test_an_answer_is_the_same_in_any_pieces(
    data: bytes,
    status: int,
    body: bytes,
    is_kept: bool,
    cuts: list[int],
) -> None:
    """TCP may split the bytes anywhere, even inside a header name, a line end or a chunk size."""
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in itertools.pairwise(edges)]
    answer, kept = read_answer(reader(*pieces))
    assert (answer.status, answer.body, kept) == (status, body, is_kept)


def test_two_answers_on_one_connection_stay_apart() -> None:
    """Bytes after an answer belong to the next answer."""
    both = reader(CHUNKED, WITH_LENGTH)
    assert read_answer(both)[0].body == b"abcde0123456789"
    assert read_answer(both)[0].body == BODY


def test_a_connection_with_bytes_that_nobody_asked_for_is_not_kept() -> None:
    """Extra bytes would be read as the answer to the next request."""
    assert read_answer(reader(WITH_LENGTH + b"{}"))[1] is False


def test_headers_are_found_by_name_in_lower_case() -> None:
    """Services use different cases for header names."""
    assert read_answer(reader(WITH_LENGTH))[0].headers["x-amzn-requestid"] == "1"


@pytest.mark.parametrize("data", [WITH_LENGTH, CHUNKED, INTERIM], ids=["with a length", "in chunks", "interim"])
def test_an_answer_cut_short_is_no_answer(data: bytes) -> None:
    """An incomplete answer is an error, wherever the connection ends."""
    for end in range(len(data)):
        with pytest.raises(EOFError):
            read_answer(reader(data[:end]))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2 200\r\n\r\n",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 2\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 yes\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}     ",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n",
        b"a" * (MAX_LINE_BYTES + 2),
    ],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    """Another protocol, invalid numbers and an endless header line are errors."""
    with pytest.raises((ValueError, EOFError)):
        read_answer(reader(data))


def test_the_time_is_over_for_all_pieces_together() -> None:
    """The timeout covers the whole answer, and does not start again with each piece."""
    source: Any = Pieces(WITH_LENGTH)
    with pytest.raises(TimeoutError):
        read_answer(Reader(source, -math.inf))
    assert source.timeouts == []


def test_a_reader_knows_whether_anything_came() -> None:
    """A kept connection without a single byte was closed by the service."""
    nothing, something = reader(), reader(b"H")
    for each in (nothing, something):
        with pytest.raises(EOFError):
            read_answer(each)
    assert (nothing.has_begun, something.has_begun) == (False, True)
