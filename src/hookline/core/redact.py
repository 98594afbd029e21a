"""What may be written to a log."""

from typing import TYPE_CHECKING

from hookline.core.pan import CARD_LENGTH_RUN, passes_luhn

if TYPE_CHECKING:
    import re


def loggable_id(identifier: str) -> str:
    """Return an identifier as it may be logged: whatever could be a card number is masked.

    A sender may choose a card number as an event id, so whatever has the form of one (``hookline.core.pan``) is
    replaced by asterisks.

    Args:
        identifier: any text.

    Returns:
        The text with every such run masked.
    """
    return CARD_LENGTH_RUN.sub(_mask_card, identifier)


def _mask_card(run: "re.Match[str]") -> str:
    digits = run.group()
    return "*" * len(digits) if passes_luhn(digits) else digits
