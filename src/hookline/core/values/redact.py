"""Masking of possible card numbers in ids before they are logged."""

from hookline.core.values.card_numbers import card_number_spans, has_enough_digits


def loggable_id(identifier: str) -> str:
    """Return an identifier in which each possible card number is replaced by asterisks.

    A sender can use a card number as an event id, also in groups such as ``4111-1111-1111-1111``. The module
    ``card_numbers`` finds these numbers.
    """
    if not has_enough_digits(identifier):
        return identifier
    masked = identifier
    for start, end in card_number_spans(identifier):
        masked = f"{masked[:start]}{'*' * (end - start)}{masked[end:]}"
    return masked
