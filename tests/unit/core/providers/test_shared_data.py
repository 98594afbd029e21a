"""The shared vectors and payloads, where they are at hand: beside the repository, or where HOOKLINE_SHARED says."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.providers.deliveries import Fetched, is_genuine, judge

from hookline.core.providers.contract import Delivery, Settings
from hookline.core.providers.registry import provider
from hookline.core.values.strict_json import decode
from hookline.core.values.timestamp import parse_rfc3339

OWN_FIELDS = {"fact", "occurred_at", "booked_type", "test"}
SHARED = Path(os.environ.get("HOOKLINE_SHARED", Path(__file__).parents[5] / "shared")) / "providers"
at_hand = pytest.mark.skipif(not SHARED.exists(), reason="the shared providers' data are not at hand")

STRICTER_THAN_RECOMMENDED = {
    # Stripe's own library has no upper bound; a window both ways is the project's rule.
    "stripe/future_3600s",
    # The signature fits the certificate, which is nobody's; the chain check refuses it.
    "paypal/self_signed_certificate",
}
"""Vectors marked ``policy_dependent`` on which this project decides otherwise, as docs/providers.md says."""


def _read(file: str) -> Any:
    """Return a shared file's content, or nothing where it is not at hand."""
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
    """Return settings under which a vector is judged.

    Vectors with a synthetic certificate are about the signature; that certificate counts as trusted then, except in the
    one that is about trust.
    """
    pem = VECTORS["certs"].get(vector.get("cert"), {}).get("pem", "")
    trust = vector.get("cert") == "SYNTHETIC" and not vector.get("policy_dependent")
    return Settings(vector.get("url", ""), Fetched([], pem.encode()), pem if trust else None)


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@at_hand
@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["id"])
def test_each_shared_vector_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    """Each vector gets the recommended verdict, but for two policies of the project."""
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
    """Each payload yields exactly the records that it must, times as instants and amounts as whole numbers."""
    module = provider(fixture["provider"])
    body = (SHARED / fixture["file"]).read_bytes()
    events = module.identify(Delivery(body, _lower(fixture["headers"])), decode(body))
    found = [vars(record) for event in events for record in module.normalise(event)]
    # What the project adds for its own transactions is not part of the shared form.
    found = [{key: value for key, value in record.items() if key not in OWN_FIELDS} for record in found]
    expected = fixture["expected"] or []
    wanted = [
        {"status": None, **record, "timestamp": parse_rfc3339(record["timestamp"])}
        for record in ([expected] if isinstance(expected, dict) else expected)
    ]
    assert found == wanted
    assert all(type(record["amount"]) is int for record in found)
