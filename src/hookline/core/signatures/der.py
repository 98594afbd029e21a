"""Strict DER (ITU-T X.690): one element after another, each exactly as long as it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

INTEGER, BIT_STRING, SEQUENCE = 0x02, 0x03, 0x30

_TIME = re.compile(rb"(?:[0-9]{2})?[0-9]{12}Z")


@dataclass(frozen=True)
class Node:
    """One element.

    Attributes:
        tag: its kind.
        content: what is in it.
        whole: tag, length and content.
    """

    tag: int
    content: bytes
    whole: bytes


def only(der: bytes, tag: int) -> Node:
    """Read bytes that are one element of a kind.

    Raises:
        ValueError: when they are not.
    """
    node = _first(der)
    if node.tag != tag or node.whole != der:
        raise ValueError("not one element of the kind")
    return node


def children(node: Node, count: int | None = None) -> list[Node]:
    """Read the elements inside one.

    Raises:
        ValueError: when they are not elements, or not as many as ``count``.
    """
    found: list[Node] = []
    rest = node.content
    while rest:
        found.append(_first(rest))
        rest = rest[len(found[-1].whole) :]
    if count not in (None, len(found)):
        raise ValueError("another number of elements")
    return found


def integer(node: Node) -> int:
    """Read an INTEGER.

    Raises:
        ValueError: when it is none.
    """
    if node.tag != INTEGER:
        raise ValueError("not an integer")
    return int.from_bytes(node.content, "big", signed=True)


def whole_bytes(node: Node) -> bytes:
    """Read a BIT STRING without unused bits.

    Raises:
        ValueError: when it is none.
    """
    if node.tag != BIT_STRING or node.content[:1] != b"\0":
        raise ValueError("not a string of whole bytes")
    return node.content[1:]


def time(node: Node) -> datetime:
    """Read UTCTime or GeneralizedTime, whose years have two or four digits (RFC 5280, section 4.1.2.5).

    Raises:
        ValueError: when it is none.
    """
    if not _TIME.fullmatch(node.content):
        raise ValueError("not a time")
    text = node.content.decode("ascii")
    century = "" if len(text) == 15 else "20" if text < "50" else "19"
    return datetime.strptime(century + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _first(der: bytes) -> Node:
    """Read the first element; its length must be definite and written as short as it can be."""
    size, start = int.from_bytes(der[1:2], "big"), 2
    if size >= 0x80:
        start += size - 0x80
        size = int.from_bytes(der[2:start], "big")
        if not 3 <= start <= 5 or size < 0x80 or der[2:3] == b"\0":
            raise ValueError("not a length in DER")
    if len(der) < start + size:
        raise ValueError("cut off")
    return Node(der[0], der[start : start + size], der[: start + size])
