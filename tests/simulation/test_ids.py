"""Transaction ids: the pipeline uses the ids that `hookline trigger` predicts."""

import json
from typing import Any

import pytest
from support.pipeline.samples import system_for_samples
from support.pipeline.system import System
from support.providers.certificates import webhook_certificate
from support.providers.deliveries import SECRETS, URL
from support.providers.known import KNOWN

from hookline.core import PROVIDER_NAMES
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer, Webhook

SAMPLES = [(name, sample) for name, its_samples in samples.names().items() for sample in its_samples]
ID_MEMBERS = {"id", "payment_id", "refund_id", "dispute_id", "originalReference"}
"""JSON members with the id of an event's object."""


@pytest.fixture
def system() -> System:
    """Return the system with a live secret of each provider, which trusts the authority of the tests for PayPal."""
    return system_for_samples()


def signed(system: System, name: str, body: bytes) -> Webhook:
    """Sign a body as its provider does, at the current time."""
    signer = Signer(name, SECRETS[name], URL, webhook_certificate().sign)
    return signer.sign(body, int(system.cloud.now.timestamp()))


def ids_on_the_bus(system: System) -> dict[str, str]:
    """Process all messages, and return id → transaction type of each transaction on the bus."""
    system.process()
    transactions = [each for detail in system.details() for each in detail["transactions"]]
    return {each["event_id"]: each["transaction_type"] for each in transactions}


def without_ids(value: Any, depth: int = 0) -> Any:
    """Return a payload without the ids of its objects, but with the event's own id at the top."""
    if isinstance(value, list):
        return [without_ids(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    return {k: without_ids(each, depth + 1) for k, each in value.items() if depth == 0 or k not in ID_MEMBERS}


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_the_ids_of_each_sample_are_those_that_are_predicted(system: System, name: str, sample: str) -> None:
    """The pipeline creates the ids that `hookline trigger` expects in the queue."""
    webhook = signed(system, name, samples.read(name, sample))
    assert system.post(name, webhook.delivery)[0] == 200
    assert ids_on_the_bus(system) == webhook.transactions


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_an_event_whose_object_has_no_id_gets_the_predicted_id(system: System, name: str) -> None:
    """The id is made from signed data, and contains the provider's name once, at the start."""
    payload = without_ids(json.loads(samples.read(name, "payment")))
    if name == "shopify":
        del payload["id"]
    webhook = signed(system, name, json.dumps(payload).encode())
    assert system.post(name, webhook.delivery)[0] == 200
    found = ids_on_the_bus(system)
    assert found == webhook.transactions
    (transaction_id,) = found
    assert transaction_id.startswith(KNOWN[name].without_id)
    assert transaction_id.count(f"{name}:") == 1
