"""Detection of digits that could be a card number (PAN).

Card numbers have 13 to 19 digits, and the last digit is a Luhn check digit (ISO/IEC 7812-1). One in ten random numbers
of 13 to 19 digits also passes the Luhn check. So a match does not prove that the digits are a card number.

Most texts do not contain 13 consecutive digits. The code therefore first replaces each digit by a zero and searches for
13 zeros, which costs a hundredth of a search with regular expressions. The regular expressions are compiled at their
first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookline.core.values.characters import DIGITS_AS_ZEROS

_FEWEST_DIGITS, _MOST_DIGITS = 13, 19
_FEWEST_DIGITS_AS_ZEROS = b"0" * _FEWEST_DIGITS
_SEPARATORS = bytes(code for code in range(128) if not chr(code).isalnum())
_RUN = rf"(?<![0-9])[0-9]{{{_FEWEST_DIGITS},{_MOST_DIGITS}}}(?![0-9])"
_GROUP = r"[0-9]+"
_GROUPED_RUN = r"[0-9]+(?:[^0-9A-Za-z]+[0-9]+)*"
_IN_A_LONG_RUN = r"(?=(3[47][0-9]{13}|[2456][0-9]{15}))"
"""Pattern of the usual card numbers, with overlaps: 15 digits of American Express, or 16 digits of other brands."""

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


def passes_luhn(digits: str) -> bool:
    """Return whether the last digit of an ASCII text of digits is the Luhn check digit of the digits before it."""
    codes = digits.encode("ascii")
    total = sum(codes[-1::-2]) + sum(codes[-2::-2].translate(_DOUBLED))
    return (total - ord("0") * len(codes)) % 10 == 0


def has_enough_digits(text: str) -> bool:
    """Return whether a text contains at least 13 digits with only spaces and punctuation between them."""
    return _FEWEST_DIGITS_AS_ZEROS in text.encode("utf-8", "surrogatepass").translate(DIGITS_AS_ZEROS, _SEPARATORS)


def card_number_spans(text: str) -> list[tuple[int, int]]:
    """Return the positions of possible card numbers, with or without spaces and punctuation between groups of digits.

    Args:
        text: any text, such as an id.

    Returns:
        Start and end (exclusive) of each possible card number. A possible card number consists of whole groups of
        digits, or it is a part of a group of more than 19 digits. Two possible card numbers can overlap.
    """
    runs = [run for run in re.finditer(_GROUPED_RUN, text) if run.end() - run.start() >= _FEWEST_DIGITS]
    return [span for run in runs for span in _spans_in(run[0], run.start())]


def has_card_number(text: str) -> bool:
    """Return whether a text contains a possible card number that is written without separators."""
    return has_enough_digits(text) and any(passes_luhn(run.group()) for run in re.finditer(_RUN, text))


def _spans_in(run: str, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each possible card number in ``run``, which begins at ``offset`` in the whole text."""
    groups = [found.span() for found in re.finditer(_GROUP, run)]
    for first, (start, stop) in enumerate(groups):
        if stop - start > _MOST_DIGITS:
            yield from _spans_in_a_long_group(run[start:stop], start + offset)
        digits = ""
        for begin, end in groups[first : first + _MOST_DIGITS]:
            digits += run[begin:end]
            if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS and passes_luhn(digits):
                yield start + offset, end + offset


def _spans_in_a_long_group(digits: str, offset: int) -> Iterator[tuple[int, int]]:
    for found in re.finditer(_IN_A_LONG_RUN, digits):
        if passes_luhn(found[1]):
            yield found.start(1) + offset, found.end(1) + offset
