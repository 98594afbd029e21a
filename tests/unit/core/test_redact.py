"""Redaction: no log line contains an id with a card number."""

import pytest

from hookline.core.values.redact import loggable_id


@pytest.mark.parametrize(
    ("identifier", "logged"),
    [
        ("evt_4111111111111111", "evt_****************"),
        ("378282246310005", "*" * 15),
        ("4222222222222:6304000000000000", "*" * 13 + ":" + "*" * 16),
        ("x6799990100000000019y", "x" + "*" * 19 + "y"),
        ("evt-4111-1111-1111-1111", "evt-" + "*" * 19),
        ("3782.822463.10005", "*" * 17),
        ("4111_1111_1111_1111/4111 1111 1111 1111", "*" * 39),
        ("2026-11-21-4111111111111111", "2026-11-21-" + "*" * 16),
        ("4111-1111-1111-1111-12", "*" * 19 + "-12"),
        ("4111:1111:1111:1111", "*" * 19),
        ("4111/1111,1111;1111", "*" * 19),
        ("00004111111111111111", "0000" + "*" * 16),
        ("44111111111111111000", "4" + "*" * 16 + "000"),
        ("99378282246310005000000", "99" + "*" * 15 + "000000"),
        ("4--1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "*" * 32),
    ],
)
def test_masks_what_could_be_a_card_number(identifier: str, logged: str) -> None:
    """Masked are 13 to 19 digits that pass Luhn, with any separators, and usual card numbers in longer groups."""
    assert loggable_id(identifier) == logged


@pytest.mark.parametrize(
    "identifier",
    [
        "evt_1",
        "4111111111111112",
        "411111111111",
        "4111-1111-1111-1112",
        "evt_1795262400123456789012",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_leaves_other_ids_alone(identifier: str) -> None:
    """Ids that fail Luhn, or have another number of digits, stay readable."""
    assert loggable_id(identifier) == identifier
