"""Masking of possible card numbers in ids before they are logged."""

from hookline.core.values.card_numbers import card_number_spans, has_enough_digits


def loggable_id(identifier: str) -> str:
    """Return an id in a form that may be logged: asterisks replace each possible card number.

    A sender can wrongly use a card number as an event id, such as ``4111-1111-1111-1111``.
    """
    if not has_enough_digits(identifier):
        return identifier
    masked = identifier
    for start, end in card_number_spans(identifier):
        masked = f"{masked[:start]}{'*' * (end - start)}{masked[end:]}"
    return masked
