"""Ids that are reserved for the providers system."""

import pytest

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import Rejected
from hookline.core.transactions.reserved_ids import require_own_id


def test_the_reserved_names_are_the_providers() -> None:
    """The list of reserved names is sorted."""
    assert tuple(sorted(PROVIDER_NAMES)) == PROVIDER_NAMES


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_an_id_of_a_provider_is_refused(name: str) -> None:
    """The prefix of name and colon is enough; the message does not contain the value."""
    with pytest.raises(Rejected) as caught:
        require_own_id(f"{name}:evt_1")
    assert (caught.value.status, caught.value.code, caught.value.field) == (422, "invalid_field", "event_id")
    assert name not in caught.value.message


@pytest.mark.parametrize("event_id", ["stripe", "stripe_1", "Stripe:1", "my:stripe:1", "strip:1", ":stripe:"])
def test_any_other_id_is_the_senders(event_id: str) -> None:
    """Only the exact prefix is reserved."""
    require_own_id(event_id)
