"""Every field of a bus event that an attacker can change, with one genuine delivery, is named in `unsigned`."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from support.pipeline.cloud import Cloud
from support.pipeline.samples import system_for_samples
from support.providers.deliveries import NAMES, sample, settings, signed
from support.providers.known import KNOWN
from support.records import changed

from hookline.core.providers.contract import Delivery
from hookline.core.providers.registry import provider
from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.core.values.strict_json import decode

NOW = int(Cloud().now.timestamp())
OTHER_VALUES = ("other", "2026-11-20T08:00:00Z", "acct_2", 7, None)
HOOKLINES_OWN = ("schema", "provider", "received_at", "archive", "key")
"""Fields that no provider tells. The key of another event cannot be reached (decision 0021), and the archive key is a
hash of the body."""


class NotedHeaders(dict[str, str]):
    """Headers that note which ones were read."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header, or the default."""
        self.read.add(name)
        return super().get(name, default)


def bus_event(name: str, delivery: Delivery) -> dict[str, Any] | None:
    """Return the first bus event of a delivery, or None if it is refused or not published."""
    system = system_for_samples()
    system.post(name, delivery)
    system.process()
    return next(iter(system.details()), None)


def fields(detail: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return path → value of each field of a bus event, with the index of a transaction after its path."""
    found: dict[str, Any] = {}
    for key, value in detail.items():
        inner = {"": value} if key != "transactions" else dict(enumerate(value))
        for index, each in inner.items():
            where = f"{path}{key}" + (f"#{index}" if index != "" else "")
            if isinstance(each, dict) and key != "archive":
                found |= fields(each, f"{where}.")
            else:
                found[where] = each
    return found


def different(first: Mapping[str, Any], second: Mapping[str, Any]) -> set[str]:
    """Return the names of the fields with other values, as `unsigned` writes them."""
    before, after = fields(first), fields(second)
    paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return {path.replace("#0", "").replace("#1", "") for path in paths} - {*HOOKLINES_OWN}


def is_named(field: str, names: tuple[str, ...]) -> bool:
    """Return whether a field, or one that contains it, is in `unsigned`."""
    return any(field == name or field.startswith(f"{name}.") for name in names)


def with_other_headers(name: str, delivery: Delivery) -> Iterator[Delivery]:
    """Yield deliveries in which one header that hookline reads, and that the provider does not sign, is another."""
    noted = NotedHeaders(delivery.headers)
    provider(name).identify(changed(delivery, headers=noted), decode(delivery.body), settings())
    for header in sorted(noted.read - {*KNOWN[name].signed_headers}):
        for value in ("other", "evt_other", "true", *provider(name).table):
            yield changed(delivery, headers={**delivery.headers, header: value})


def with_other_fields(name: str, delivery: Delivery) -> Iterator[Delivery]:
    """Yield deliveries in which one value of the body is another, with the same signature.

    PayPal signs only the CRC-32 of the body, and every body can be given every CRC-32
    (`test_trap_1_paypal_signs_only_a_crc_so_a_transmission_counts_once`). So the test may sign a body of PayPal anew.
    """
    for body in _other_bodies(json.loads(delivery.body)):
        raw = json.dumps(body).encode()
        yield signed("paypal", raw, now=NOW) if name == "paypal" else changed(delivery, body=raw)


def _other_bodies(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            for other in _other_bodies(each):
                yield {**value, key: other} if isinstance(value, dict) else [*value[:key], other, *value[key + 1 :]]
    yield from OTHER_VALUES


@cache
def changeable(name: str, body: bytes) -> frozenset[str]:
    """Return the fields of the bus event of a body that an attacker can change.

    The attacker changes one unsigned header, or one value of the body, of the genuine delivery.
    """
    delivery = signed(name, body, now=NOW)
    genuine = bus_event(name, delivery)
    assert genuine
    others = (*with_other_headers(name, delivery), *with_other_fields(name, delivery))
    forged = [event for event in (bus_event(name, other) for other in others) if event]
    return frozenset(field for event in forged for field in different(genuine, event))


@pytest.mark.parametrize("kind", TRANSACTION_TYPES)
@pytest.mark.parametrize("name", NAMES)
def test_each_field_that_can_be_changed_is_named(name: str, kind: str) -> None:
    """Otherwise a consumer would trust it."""
    names = provider(name).unsigned
    assert {field for field in changeable(name, sample(name, kind)) if not is_named(field, names)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_field_is_named_that_nobody_can_change(name: str) -> None:
    """Otherwise a consumer would ask the provider for nothing."""
    found = [field for kind in TRANSACTION_TYPES for field in changeable(name, sample(name, kind))]
    assert {named for named in provider(name).unsigned if not any(is_named(each, (named,)) for each in found)} == set()


@pytest.mark.parametrize("kind", TRANSACTION_TYPES)
def test_a_body_of_shopify_without_its_id_has_no_other_unsigned_fields(kind: str) -> None:
    """A subscription can leave out the id. No header takes its place."""
    payload = json.loads(sample("shopify", kind))
    del payload["id"]
    names = provider("shopify").unsigned
    found = changeable("shopify", json.dumps(payload).encode())
    assert {field for field in found if not is_named(field, names)} == set()
