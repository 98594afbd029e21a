"""Runs of digits that could be a card number (PAN).

Payment cards have 13 to 19 digits of which the last is a Luhn check digit (ISO/IEC 7812-1). One run in ten of that
length passes by chance, so a find is a hint to look, never a proof.
"""

import re

CARD_LENGTH_RUN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")
"""As many digits in a row as a card number has."""


def passes_luhn(digits: str) -> bool:
    """Return whether the last of some ASCII digits is the Luhn check digit of the others."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def has_card_number(text: str) -> bool:
    """Return whether a text holds what could be a card number, written without spaces.

    Args:
        text: any text, such as a payload.
    """
    return any(passes_luhn(run.group()) for run in CARD_LENGTH_RUN.finditer(text))
