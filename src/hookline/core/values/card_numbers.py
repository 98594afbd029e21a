"""Runs of digits that could be a card number (PAN).

Payment cards have 13 to 19 digits of which the last is a Luhn check digit (ISO/IEC 7812-1). One run in ten of that
length passes by chance, so a find is a hint to look, never a proof.

Most texts have no thirteen digits in a row. A search for as many zeros says so at a hundredth of the price of the
patterns, which ``re`` compiles when they are first needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookline.core.values.characters import DIGITS_AS_ZEROS

_FEWEST_DIGITS, _MOST_DIGITS = 13, 19
_FEWEST_DIGITS_AS_ZEROS = b"0" * _FEWEST_DIGITS
_SEPARATORS = b"-._ "
_RUN = rf"(?<![0-9])[0-9]{{{_FEWEST_DIGITS},{_MOST_DIGITS}}}(?![0-9])"
_GROUP = r"[0-9]+"
_GROUPED_RUN = r"[0-9]+(?:[-._ ]+[0-9]+)*"
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


def passes_luhn(digits: str) -> bool:
    """Return whether the last of some ASCII digits is the Luhn check digit of the others."""
    codes = digits.encode("ascii")
    total = sum(codes[-1::-2]) + sum(codes[-2::-2].translate(_DOUBLED))
    return (total - ord("0") * len(codes)) % 10 == 0


def has_enough_digits(text: str) -> bool:
    """Return whether a text holds as many digits as a card number has, with nothing but separators between them."""
    return _FEWEST_DIGITS_AS_ZEROS in text.encode("utf-8", "surrogatepass").translate(DIGITS_AS_ZEROS, _SEPARATORS)


def card_number_spans(text: str) -> list[tuple[int, int]]:
    """Find what could be a card number, also one written in groups: with spaces, ``-``, ``.`` or ``_`` between digits.

    Args:
        text: a short text, such as an id; the effort grows with the square of the number of groups.

    Returns:
        First position, and the one after the last, of each sequence of whole groups that has the digits of a card
        number; they may overlap.
    """
    runs = [run for run in re.finditer(_GROUPED_RUN, text) if run.end() - run.start() >= _FEWEST_DIGITS]
    return [span for run in runs for span in _spans_in(run[0], run.start())]


def has_card_number(text: str) -> bool:
    """Return whether a text holds what could be a card number, written without spaces.

    Args:
        text: any text, such as a payload.
    """
    return has_enough_digits(text) and any(passes_luhn(run.group()) for run in re.finditer(_RUN, text))


def _spans_in(run: str, offset: int) -> Iterator[tuple[int, int]]:
    """Yield where in a run of groups could be a card number."""
    groups = [found.span() for found in re.finditer(_GROUP, run)]
    for first, (start, _) in enumerate(groups):
        digits = ""
        for begin, end in groups[first : first + _MOST_DIGITS]:
            digits += run[begin:end]
            if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS and passes_luhn(digits):
                yield start + offset, end + offset
