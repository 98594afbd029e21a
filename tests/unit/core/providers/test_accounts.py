"""The account at the provider that an event is about, and the accounts that a stack books."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.providers.deliveries import RECEIVED_AT, booked, edited, events, sent, signed, with_header
from support.records import changed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import USUAL, BookingRules
from hookline.core.providers.registry import provider
from hookline.core.transactions.booking import books_account, rules_for, to_transaction_event


def _stripe(payload: Any) -> None:
    payload["account"] = "acct_1"


def _square(payload: Any) -> None:
    payload["merchant_id"] = "acct_1"


def _razorpay(payload: Any) -> None:
    payload["account_id"] = "acct_1"


def _adyen(payload: Any) -> None:
    payload["notificationItems"][0]["NotificationRequestItem"]["merchantAccountCode"] = "acct_1"


def _checkout(payload: Any) -> None:
    payload["data"]["entity_id"] = "acct_1"


def _paypal(payload: Any) -> None:
    payload["resource"]["payee"] = {"merchant_id": "acct_1"}


SAYS: dict[str, Callable[[Any], None]] = {
    "adyen": _adyen,
    "checkout": _checkout,
    "paypal": _paypal,
    "razorpay": _razorpay,
    "square": _square,
    "stripe": _stripe,
}


def of_account(name: str) -> Any:
    """Return a genuine delivery of a provider about the account acct_1."""
    payload = edited(name)
    SAYS[name](payload)
    return sent(name, payload)


@pytest.mark.parametrize("name", SAYS)
def test_an_event_says_whose_money_it_is_about(name: str) -> None:
    """The account is in the event, and in the metadata of its transaction."""
    delivery = of_account(name)
    (event,) = events(name, delivery)
    assert event.account == "acct_1"
    (report,) = provider(name).normalise(event, USUAL)
    made = to_transaction_event(provider(name), event, report, RECEIVED_AT, BookingRules(accounts=("acct_1",)))
    assert made
    assert made["metadata"]["provider_account"] == "acct_1"  # type: ignore[call-overload,index]


def test_the_shop_of_shopify_is_shown_but_not_signed() -> None:
    """The shop comes from a header, so the bus event lists it among the unsigned fields."""
    (event,) = events("shopify", with_header(signed("shopify"), "x-shopify-shop-domain", "a.myshopify.com"))
    assert event.account == "a.myshopify.com"
    assert "account" in provider("shopify").unsigned
    assert events("shopify", signed("shopify"))[0].account == ""


def test_a_dispute_of_paypal_names_the_seller() -> None:
    """The first disputed transaction counts; other resources say no seller."""
    payload = edited("paypal", "dispute")
    payload["resource"]["disputed_transactions"] = [{"seller": {"merchant_id": "M1"}}]
    assert events("paypal", sent("paypal", payload))[0].account == "M1"
    for other in ([], ["x"], None):
        payload["resource"]["disputed_transactions"] = other
        assert events("paypal", sent("paypal", payload))[0].account == ""


def test_without_a_rule_only_connected_accounts_of_stripe_are_left_out() -> None:
    """Their money belongs to other companies. All other events are booked, with and without an account."""
    assert [name for name in SAYS if not booked(name, of_account(name))] == ["stripe"]
    assert [name for name in PROVIDER_NAMES if not booked(name, signed(name))] == []


@pytest.mark.parametrize(
    ("accounts", "account", "expected"),
    [
        (("acct_1",), "acct_1", True),
        (("acct_1",), "acct_2", False),
        (("acct_1",), "", False),
        (("own",), "", True),
        (("own",), "acct_1", False),
        (("own", "acct_1"), "acct_1", True),
        (("*",), "acct_1", True),
        (("*",), "", True),
    ],
)
def test_a_stack_names_the_accounts_that_it_books(accounts: tuple[str, ...], account: str, expected: bool) -> None:
    """The word `own` stands for events without an account, and `*` for all accounts."""
    for name in ("stripe", "square"):
        assert books_account(provider(name), account, BookingRules(accounts=accounts)) is expected


def test_the_rules_follow_from_the_settings() -> None:
    """Each setting changes the rules of its provider only."""

    def rules(name: str, **changes: Any) -> BookingRules:
        given: dict[str, Any] = {"adyen_capture": "automatic", "book_paypal": True, "accounts": {}, **changes}
        return rules_for(name, **given)

    assert all(rules(name) == BookingRules() for name in PROVIDER_NAMES)
    assert [name for name in PROVIDER_NAMES if rules(name, book_paypal=False) != BookingRules()] == ["paypal"]
    assert [name for name in PROVIDER_NAMES if rules(name, adyen_capture="manual") != BookingRules()] == ["adyen"]
    assert rules("square", accounts={"square": ["M1"]}) == BookingRules(accounts=("M1",))


def test_a_provider_that_is_not_booked_makes_no_transaction() -> None:
    """The setting `bookPaypal: false` keeps PayPal's events off the books."""
    (event,) = events("paypal", signed("paypal"))
    (report,) = provider("paypal").normalise(event, USUAL)
    assert to_transaction_event(provider("paypal"), event, report, RECEIVED_AT, BookingRules(booked=False)) is None
    late = changed(report, timestamp=RECEIVED_AT + timedelta(days=9))
    assert to_transaction_event(provider("paypal"), event, late, RECEIVED_AT)
