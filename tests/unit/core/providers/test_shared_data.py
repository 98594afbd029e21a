"""The shared vectors and payloads, if they exist beside the repository or in HOOKLINE_SHARED."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.providers.deliveries import Fetched, is_genuine, judge

from hookline.core.providers.contract import USUAL, Delivery, Settings
from hookline.core.providers.registry import provider
from hookline.core.transactions.booking import is_booked
from hookline.core.values.strict_json import decode
from hookline.core.values.timestamp import parse_rfc3339

OWN_FIELDS = {
    *("fact", "occurred_at", "booked_type", "test", "verdict", "status", "payment_id", "inquiry"),
    *("reference", "changing", "respond_by"),
}
SHARED = Path(os.environ.get("HOOKLINE_SHARED", Path(__file__).parents[5] / "shared")) / "providers"
at_hand = pytest.mark.skipif(not SHARED.exists(), reason="the shared data of the providers do not exist here")

BOOKED_OTHERWISE = {
    "razorpay/refund.created.json": 50_000,  # its signed status says that the refund is processed
    "shopify/refunds.create.json": 8_999,  # each transaction object is a refund of its own
}
"""File → the sum of what is booked, where the project decides otherwise than the shared data."""

OBJECTS = {"checkout/payment_refunded.json": "act_v3ap4uxinl6exk5hdgetatbywi"}
"""File → the object id, where the project names the refund, and the shared data its payment."""

STRICTER_THAN_RECOMMENDED = {
    # Stripe's own library accepts future times. This project limits the time in both directions.
    "stripe/future_3600s",
    # The signature matches the certificate, but no authority issued the certificate. The chain check rejects it.
    "paypal/self_signed_certificate",
}
"""Vectors with ``policy_dependent`` for which this project has another verdict (docs/providers.md)."""


def _read(file: str) -> Any:
    """Return a shared file's content, or an empty structure if the file does not exist."""
    path = SHARED / file
    return json.loads(path.read_text("utf-8")) if path.exists() else {"vectors": [], "fixtures": [], "certs": {}}


VECTORS = _read("vectors.json")
FIXTURES = _read("index.json")["fixtures"]


def _body(vector: dict[str, Any]) -> bytes:
    if "body_b64" in vector:
        return base64.b64decode(vector["body_b64"])
    recipe = vector["body_gen"]
    filling = bytes([recipe["fill_byte"]]) * recipe["fill_len"]
    return base64.b64decode(recipe["prefix_b64"]) + filling + base64.b64decode(recipe["suffix_b64"])


def _settings(vector: dict[str, Any]) -> Settings:
    """Return the settings for a vector.

    Vectors with a synthetic certificate test the signature, so this certificate is trusted. The vector that tests trust
    is an exception.
    """
    pem = VECTORS["certs"].get(vector.get("cert"), {}).get("pem", "")
    trust = vector.get("cert") == "SYNTHETIC" and not vector.get("policy_dependent")
    return Settings(vector.get("url", ""), Fetched([], pem.encode()), pem if trust else None)


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@at_hand
@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["id"])
def test_each_shared_vector_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    """Each vector gets the recommended verdict, with two exceptions."""
    delivery = Delivery(_body(vector), _lower(vector["headers"]))
    verdict = judge(vector["provider"], delivery, vector["secrets"], vector["now"], _settings(vector))
    if vector["id"] in STRICTER_THAN_RECOMMENDED:
        assert vector["policy_dependent"]
        assert not is_genuine(verdict)
    else:
        assert is_genuine(verdict) == (vector["expected"] == "valid")


@at_hand
@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture["file"])
def test_each_shared_payload_is_normalised_as_it_says(fixture: dict[str, Any]) -> None:
    """Each payload gives exactly the expected records."""
    module = provider(fixture["provider"])
    body = (SHARED / fixture["file"]).read_bytes()
    events = module.identify(Delivery(body, _lower(fixture["headers"])), decode(body), Settings())
    reports = [report for event in events for report in module.normalise(event, USUAL)]
    expected = fixture["expected"] or []
    wanted = [
        {**record, "timestamp": parse_rfc3339(record["timestamp"])}
        for record in ([expected] if isinstance(expected, dict) else expected)
    ]
    for record in wanted:
        record.pop("status", None)  # the project says with a verdict what a status means
        record["object_id"] = OBJECTS.get(fixture["file"], record["object_id"])
    if fixture["file"] in BOOKED_OTHERWISE:
        assert sum(report.amount or 0 for report in reports if is_booked(report)) == BOOKED_OTHERWISE[fixture["file"]]
        return
    if not wanted:
        assert not any(is_booked(report) for report in reports)
        return
    # The project's additional fields are not part of the shared format.
    found = [{key: value for key, value in vars(report).items() if key not in OWN_FIELDS} for report in reports]
    assert found == wanted
    assert all(type(record["amount"]) is int for record in found)
