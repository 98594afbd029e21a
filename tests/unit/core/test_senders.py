"""Named senders: their names, the ids of their events, and their secrets."""

import hashlib
from typing import Any

import pytest

from hookline.core import PROVIDER_NAMES, QUEUES
from hookline.core.errors import Rejected
from hookline.core.senders import MAX_ID_LENGTH, MAX_OWN_ID_LENGTH, is_name, names_of, own_id, senders_of, unreadable_in
from hookline.core.transactions.reserved_ids import require_unclaimed


@pytest.mark.parametrize("name", ["shop", "shop-2", "a", "0_b", "x" * 32])
def test_a_short_word_is_a_name(name: str) -> None:
    """A name has 1 to 32 lower-case letters, digits, hyphens and underscores."""
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "Shop", "a:b", "a/b", "a b", "é", "x" * 33, "own", *PROVIDER_NAMES, *QUEUES])
def test_what_could_be_mistaken_for_another_id_is_no_name(name: str) -> None:
    """With a colon or the name of a provider, a sender could use the ids of somebody else."""
    assert not is_name(name)


def test_an_id_begins_with_its_sender_once() -> None:
    """A message that is sent again has the name already, and keeps its id."""
    assert own_id("shop", "1") == own_id("shop", "shop:1") == "shop:1"
    assert own_id("shop", "crm:1") == "shop:crm:1"
    assert own_id("", "1") == "1"


def test_an_id_that_is_too_long_with_its_sender_is_hashed() -> None:
    """The sender's ids stay different from each other, and the id stays within the limit of all ids."""
    fits, too_long = "x" * (MAX_OWN_ID_LENGTH - 5), "x" * (MAX_OWN_ID_LENGTH - 4)
    assert own_id("shop", fits) == f"shop:{fits}"
    hashed = own_id("shop", too_long)
    assert hashed == own_id("shop", f"shop:{too_long}") == f"shop:{hashlib.sha256(too_long.encode()).hexdigest()}"
    assert len(f"standard_webhooks:{own_id('x' * 32, too_long)}") <= MAX_ID_LENGTH


def test_the_secrets_of_an_object_have_senders() -> None:
    """A list is the secrets of the sender without a name."""
    assert senders_of("transactions", ["a", "b", 1]) == {"a": "", "b": ""}
    assert senders_of("standard_webhooks", {"": ["a"], "shop": ["b"], "crm": ["b", "c"]}) == {
        "a": "",
        "b": "shop",
        "c": "crm",
    }


@pytest.mark.parametrize("value", [None, "a", {"Shop": ["a"]}, {"stripe": ["a"]}, {"shop": "a"}, {"shop": [1]}])
def test_a_wrong_value_has_no_live_secrets(value: object) -> None:
    """So every signature is rejected."""
    assert senders_of("transactions", value) == {}


def test_a_sender_without_a_live_secret_keeps_its_name() -> None:
    """Otherwise the sender without a name could use its ids, after its last secret is removed."""
    held = {"": ["a"], "shop": [], "crm": "a", "Shop": ["b"], "stripe": ["c"]}
    assert names_of("transactions", held) == {"shop", "crm"}
    assert (
        names_of("transactions", ["a"]) == names_of("stripe", {"shop": []}) == names_of("transactions", None) == set()
    )


@pytest.mark.parametrize(
    ("source", "value", "count"),
    [
        ("transactions", None, 0),
        ("transactions", ["a", "b"], 0),
        ("transactions", ["a", 1, None], 2),
        ("transactions", "a", 1),
        ("transactions", {"": ["a"], "shop": ["b"], "crm": []}, 0),
        ("transactions", {"Shop": ["a", "b"], "stripe": ["c"], "shop": "d"}, 4),
        ("stripe", {"shop": ["a"]}, 1),
    ],
)
def test_secrets_that_are_not_live_are_counted(source: str, value: Any, count: int) -> None:
    """The log tells how many, so that somebody looks at the AWS secret."""
    assert unreadable_in(source, value) == count


def test_other_providers_have_no_senders() -> None:
    """Their ids have the form `{provider}:{id}`, so a sender could not be told apart."""
    assert senders_of("stripe", {"shop": ["a"]}) == {}


def test_a_sender_without_a_name_cannot_use_the_id_of_another() -> None:
    """The error names the field, and not the senders."""
    require_unclaimed("event_id", "shops:1", ["shop", "crm"])
    require_unclaimed("event_id", "shop:1", [])
    with pytest.raises(Rejected) as rejected:
        require_unclaimed("event_id", "crm:1", ["shop", "crm"])
    assert (rejected.value.status, rejected.value.field) == (422, "event_id")
    assert "crm" not in rejected.value.message
