"""What may be written to a log."""

from hookline.core.values.card_numbers import card_number_spans, has_enough_digits


def loggable_id(identifier: str) -> str:
    """Return an identifier as it may be logged: whatever could be a card number is masked.

    A sender may choose a card number as an event id. So whatever has the form of one (``card_numbers``) is replaced
    by asterisks, also where it is written in groups such as ``4111-1111-1111-1111``.

    Args:
        identifier: any text.

    Returns:
        The text with every such run masked.
    """
    if not has_enough_digits(identifier):
        return identifier
    masked = identifier
    for start, end in card_number_spans(identifier):
        masked = f"{masked[:start]}{'*' * (end - start)}{masked[end:]}"
    return masked
