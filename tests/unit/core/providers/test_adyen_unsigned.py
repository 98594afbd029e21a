"""Events of Adyen without a signature: only named types come in, and only with the right HTTP basic credentials."""

import base64
import json
from typing import Any

import pytest
from support.providers.deliveries import SECRETS, edited, is_genuine, judge, sent, settings

from hookline.core.providers.adyen import PROVIDER, identify, is_usable
from hookline.core.providers.contract import Delivery, Event
from hookline.core.signatures.basic_credentials import is_credentials
from hookline.core.signatures.refusal import Refusal
from hookline.core.values.strict_json import decode

NAMED = settings(adyen_unsigned_types=("REPORT_AVAILABLE",))
CREDENTIALS = "basic:adyen:correct-horse:battery"
LIVE = [SECRETS["adyen"], CREDENTIALS]
REPORT: dict[str, Any] = {
    "additionalData": {},
    "amount": {"currency": "EUR", "value": 0},
    "eventCode": "REPORT_AVAILABLE",
    "eventDate": "2026-11-21T10:00:00+01:00",
    "merchantAccountCode": "HooklineECOM",
    "merchantReference": "",
    "pspReference": "settlement_detail_report_batch_1.csv",
    "reason": "https://ca-live.adyen.com/reports/download/settlement_detail_report_batch_1.csv",
    "success": "true",
}


def basic(text: str = "adyen:correct-horse:battery") -> dict[str, str]:
    """Return the header with a user name, a colon and a password."""
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def delivery(*items: dict[str, Any], headers: dict[str, str] | None = None) -> Delivery:
    """Return a delivery of items, with the right credentials unless there are other headers."""
    wrapped = [{"NotificationRequestItem": item} for item in items]
    return Delivery(json.dumps({"notificationItems": wrapped}).encode(), basic() if headers is None else headers)


def signed_item() -> dict[str, Any]:
    """Return a genuine payment with its signature."""
    return json.loads(sent("adyen", edited("adyen")).body)["notificationItems"][0]["NotificationRequestItem"]


def verdict(of: Delivery, secrets: list[str] = LIVE) -> Any:
    """Return the result of verification in a stack that names reports."""
    return judge("adyen", of, secrets, given=NAMED)


def only_event(item: dict[str, Any]) -> Event:
    """Return the event of an item in such a stack."""
    of = delivery(item)
    [event] = identify(of, decode(of.body), NAMED)
    return event


@pytest.mark.parametrize("held", [{}, None, {"hmacSignature": None}, [], "text"])
def test_a_named_type_needs_only_the_right_credentials(held: object) -> None:
    """The credentials are the secret that verified the delivery, and no HMAC key is needed."""
    for live in (LIVE, [CREDENTIALS]):
        found = verdict(delivery({**REPORT, "additionalData": held}), live)
        assert (found.secrets, found.signed_at) == ((CREDENTIALS,), None)


def test_a_report_is_refused_as_long_as_the_stack_does_not_name_its_type() -> None:
    """Neither the default nor another named type lets it in, even with the right credentials."""
    for types in ((), ("REPORT",), ("ACCOUNT_HOLDER_CREATED",)):
        given = settings(adyen_unsigned_types=types)
        assert judge("adyen", delivery(REPORT), LIVE, given=given) == Refusal.MISSING


def test_another_type_still_needs_its_signature() -> None:
    """The right credentials do not replace the signature of a payment, and not that of an item without a type."""
    unsigned = {key: value for key, value in signed_item().items() if key != "additionalData"}
    for item in (unsigned, {**unsigned, "eventCode": ["REPORT_AVAILABLE"]}, {}):
        assert verdict(delivery(item)) == Refusal.MISSING


@pytest.mark.parametrize("live", [[], [SECRETS["adyen"]], ["basic:adyen"], ["basic:adyen:"], ["basic::x"], ["adyen:x"]])
def test_without_credentials_in_the_secret_a_report_is_refused(live: list[str]) -> None:
    """The value of a malformed secret never matches."""
    for given in (basic(), basic("adyen:"), basic(":x"), basic("adyen:x"), basic("adyen")):
        assert verdict(delivery(REPORT, headers=given), live) == Refusal.NO_SECRET


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic",
        "Basic ",
        "Bearer YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5",
        "YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5",
        "Basic YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5=",
        "Basic YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ",
        "Basic YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5, Basic YWR5ZW46eA==",
        "Basic YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5\n",
        "Basic adyen:correct-horse:battery",
        "Basic é",
        "Basic \udc80",
        " Basic YWR5ZW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5",
    ],
)
def test_a_malformed_header_is_refused(value: str) -> None:
    """The header has exactly one scheme and one base64 text (RFC 7617). No other exception may leave the check."""
    assert verdict(delivery(REPORT, headers={"authorization": value})) in (Refusal.MISSING, Refusal.MALFORMED)


def test_a_missing_header_is_refused() -> None:
    """Adyen sends the header only if the webhook has a user name and a password."""
    assert verdict(delivery(REPORT, headers={})) == Refusal.MISSING


@pytest.mark.parametrize(
    "text",
    ["adyen:correct-horse:battery ", "adyen:correct-horse", "ADYEN:correct-horse:battery", "basic:adyen:x", ":", "x"],
)
def test_wrong_credentials_are_refused(text: str) -> None:
    """The whole value counts, with the case of each letter. An HMAC key is no password."""
    assert verdict(delivery(REPORT, headers=basic(text))) == Refusal.MISMATCH
    key = SECRETS["adyen"]
    assert verdict(delivery(REPORT, headers=basic(f"adyen:{key}"))) == Refusal.MISMATCH


def test_the_name_of_the_scheme_has_no_case() -> None:
    """RFC 7617 says so. Several spaces may follow the name (RFC 9110)."""
    token = basic()["authorization"].removeprefix("Basic ")
    for scheme in ("basic ", "BASIC ", "Basic   "):
        assert is_genuine(verdict(delivery(REPORT, headers={"authorization": scheme + token})))


def test_during_a_rotation_old_and_new_credentials_are_right() -> None:
    """The secret that matched is named, so its fingerprint is in the record."""
    live = [SECRETS["adyen"], "basic:adyen:new-password", CREDENTIALS]
    assert verdict(delivery(REPORT), live).secrets == (CREDENTIALS,)
    assert verdict(delivery(REPORT, headers=basic("adyen:new-password")), live).secrets == ("basic:adyen:new-password",)


@pytest.mark.parametrize("signature", ["", "é", 7, ["x"], "A" * 43 + "="])
def test_a_named_type_with_a_signature_is_verified_by_it(signature: object) -> None:
    """The right credentials do not help a wrong signature."""
    item = {**REPORT, "additionalData": {"hmacSignature": signature}}
    assert not is_genuine(verdict(delivery(item)))


def test_a_named_type_with_the_right_signature_is_published_as_ever() -> None:
    """It needs no credentials, and its key is made from signed fields."""
    payload = {"notificationItems": [{"NotificationRequestItem": {**REPORT, "merchantReference": "r"}}]}
    genuine = sent("adyen", payload)
    assert verdict(genuine).secrets == (SECRETS["adyen"],)
    [event] = identify(genuine, decode(genuine.body), NAMED)
    assert (event.withheld, event.unsigned) == (False, False)
    assert event.signed_key == f"{REPORT['pspReference']}:REPORT_AVAILABLE:true"


def test_in_a_mixed_delivery_every_item_must_be_genuine_in_its_own_way() -> None:
    """One wrong item refuses all. Both secrets are named."""
    payment = signed_item()
    assert verdict(delivery(payment, REPORT)).secrets == (SECRETS["adyen"], CREDENTIALS)
    assert verdict(delivery({**payment, "success": "false"}, REPORT)) == Refusal.MISMATCH
    assert verdict(delivery(payment, REPORT, headers=basic("adyen:wrong"))) == Refusal.MISMATCH
    assert verdict(delivery(payment, REPORT, headers={})) == Refusal.MISSING
    assert verdict(delivery(payment, REPORT), [CREDENTIALS]) == Refusal.NO_SECRET
    assert verdict(delivery(payment, REPORT), [SECRETS["adyen"]]) == Refusal.NO_SECRET


def test_credentials_are_not_needed_for_a_delivery_with_signatures_only() -> None:
    """A wrong header does not stop a payment, because its signature says enough."""
    for headers in ({}, {"authorization": "Bearer x"}, basic("adyen:wrong")):
        assert is_genuine(verdict(delivery(signed_item(), headers=headers), [SECRETS["adyen"]]))


def test_an_unsigned_event_is_withheld_and_its_key_has_its_whole_content() -> None:
    """Each changed field gives another key, and the same event has the same key in each formatting and delivery."""
    event = only_event(REPORT)
    assert (event.withheld, event.unsigned, event.event_type) == (True, True, "REPORT_AVAILABLE")
    assert (event.object_id, event.account) == (REPORT["pspReference"], "")
    assert event.event_id == event.signed_key
    assert event.signed_key.startswith("unsigned:REPORT_AVAILABLE:")
    assert only_event(dict(reversed(REPORT.items()))).signed_key == event.signed_key
    changes: list[dict[str, Any]] = [{key: "other"} for key in REPORT if key != "eventCode"]
    assert len({only_event({**REPORT, **change}).signed_key for change in changes}) == len(REPORT) - 1
    without = only_event({"eventCode": "REPORT_AVAILABLE"})
    assert without.object_id == without.event_id


@pytest.mark.parametrize("reference", ["unsigned:REPORT_AVAILABLE", "unsigned", "x" * 500, "é"])
def test_the_key_of_an_unsigned_event_is_never_that_of_a_signed_one(reference: str) -> None:
    """The key of a signed event ends with `true` or `false`, whatever its reference is."""
    assert not only_event({**REPORT, "pspReference": reference}).signed_key.endswith((":true", ":false"))


def test_credentials_are_a_usable_secret_of_adyen() -> None:
    """A log line that counts unusable secrets does not count them, but counts malformed ones."""
    assert PROVIDER.is_usable is is_usable
    assert is_usable(CREDENTIALS)
    assert is_usable(SECRETS["adyen"])
    wrong = ["basic:adyen", "basic::x", "basic:adyen:", "basic:a b:x", "basic:adyen:é", f"basic:{'u' * 129}:x"]
    assert [secret for secret in wrong if is_usable(secret) or is_credentials(secret)] == []
    assert is_credentials("basic:adyen:with:colons")
