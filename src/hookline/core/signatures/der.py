"""A strict parser of DER (ITU-T X.690), the binary format of X.509 certificates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

INTEGER, BIT_STRING, SEQUENCE = 0x02, 0x03, 0x30

_TIME = re.compile(rb"(?:[0-9]{2})?[0-9]{12}Z")


@dataclass(frozen=True)
class Node:
    """A DER element.

    Attributes:
        tag: type of the element, such as ``SEQUENCE``.
        content: bytes of the content only.
        whole: bytes of tag, length and content together.
    """

    tag: int
    content: bytes
    whole: bytes


def only(der: bytes, tag: int) -> Node:
    """Parse bytes that consist of exactly one DER element with the given tag.

    Raises:
        ValueError: for any other bytes.
    """
    node = _first(der)
    if node.tag != tag or node.whole != der:
        raise ValueError("not exactly one DER element with the expected tag")
    return node


def children(node: Node, count: int | None = None) -> list[Node]:
    """Parse the child elements of a DER element.

    Raises:
        ValueError: when the content is not DER, or ``count`` is given and the number of children is different.
    """
    found: list[Node] = []
    rest = node.content
    while rest:
        found.append(_first(rest))
        rest = rest[len(found[-1].whole) :]
    if count not in (None, len(found)):
        raise ValueError("a DER element has the wrong number of children")
    return found


def integer(node: Node) -> int:
    """Return the value of a DER INTEGER.

    Raises:
        ValueError: when the element is not an INTEGER.
    """
    if node.tag != INTEGER:
        raise ValueError("not a DER INTEGER")
    return int.from_bytes(node.content, "big", signed=True)


def whole_bytes(node: Node) -> bytes:
    """Return the bytes of a DER BIT STRING whose number of bits is a multiple of 8.

    Raises:
        ValueError: when the element is not such a BIT STRING.
    """
    if node.tag != BIT_STRING or node.content[:1] != b"\0":
        raise ValueError("not a DER BIT STRING of whole bytes")
    return node.content[1:]


def time(node: Node) -> datetime:
    """Return the value of a DER UTCTime (two-digit year) or GeneralizedTime (four-digit year).

    Source: RFC 5280, section 4.1.2.5.

    Raises:
        ValueError: when the element is not such a time.
    """
    if not _TIME.fullmatch(node.content):
        raise ValueError("not a DER UTCTime or GeneralizedTime")
    text = node.content.decode("ascii")
    century = "" if len(text) == 15 else "20" if text < "50" else "19"
    return datetime.strptime(century + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _first(der: bytes) -> Node:
    """Parse the first DER element in ``der``. The length must be in the definite form with the shortest encoding."""
    size, start = int.from_bytes(der[1:2], "big"), 2
    if size >= 0x80:
        start += size - 0x80
        size = int.from_bytes(der[2:start], "big")
        if not 3 <= start <= 5 or size < 0x80 or der[2:3] == b"\0":
            raise ValueError("not a DER length")
    if len(der) < start + size:
        raise ValueError("a DER element is longer than the data")
    return Node(der[0], der[start : start + size], der[: start + size])
