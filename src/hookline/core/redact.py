"""What may be written to a log."""

import re

_CARD_LENGTH_RUN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")


def loggable_id(identifier: str) -> str:
    """Return an identifier as it may be logged: whatever could be a card number is masked.

    A sender may choose a card number as an event id. Payment cards have 13 to 19 digits of which the last
    is a Luhn check digit (ISO/IEC 7812-1), so a run of digits of that shape is replaced by asterisks.

    Args:
        identifier: any text.

    Returns:
        The text with every such run masked.
    """
    return _CARD_LENGTH_RUN.sub(_mask_card, identifier)


def _mask_card(run: "re.Match[str]") -> str:
    digits = run.group()
    return "*" * len(digits) if _passes_luhn(digits) else digits


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
