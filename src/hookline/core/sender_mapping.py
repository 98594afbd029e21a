"""Mappings of Standard Webhooks senders: which event types move money, and in which fields the money data is.

The setting ``standardWebhooks`` has the mappings. ``infra.settings.sender_mappings`` checks them, so this module can
rely on their form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from hookline.core.senders import OWN

ALL = "*"
"""Key of the mapping for all senders without a mapping of their own."""

KINDS = {"payments": "payment", "refunds": "refund", "disputes": "dispute"}
"""Key in the mapping of a sender → transaction type."""

TYPE_FIELD = "type"
"""The field with the event type, if the mapping of a sender names no other."""

MAJOR = "major"
MINOR = "minor"

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class MoneyFields:
    """The fields of the event types of one kind. An empty path means that the sender has no such field.

    Attributes:
        transaction_type: payment, refund or dispute.
        types: the event types, at least one.
        amount: path of the amount.
        in_major_units: whether the amount is in major units. Otherwise, it is a whole number of minor units.
        currency: path of the currency.
        object_id: path of the id of the payment, refund or dispute.
        payment_id: path of the id of the payment to which a refund or dispute belongs.
        reference: path of the merchant's own reference.
        status: path of the status.
        booked: the statuses that are booked.
        ignored: the statuses that are not booked. Any other status is counted.
    """

    transaction_type: str
    types: tuple[str, ...]
    amount: Path
    in_major_units: bool
    currency: Path
    object_id: Path
    payment_id: Path = ()
    reference: Path = ()
    status: Path = ()
    booked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class SenderMapping:
    """The mapping of a sender.

    Attributes:
        event_type: path of the event type.
        by_type: event type → fields. Other event types move no money.
    """

    event_type: Path
    by_type: Mapping[str, MoneyFields]


def read_mappings(setting: Mapping[str, Any]) -> dict[str, SenderMapping]:
    """Return the value of the setting ``standardWebhooks`` as name of a sender → mapping."""
    return {name: _mapping(each) for name, each in setting.items()}


def mapping_for(mappings: Mapping[str, SenderMapping] | None, sender: str) -> SenderMapping | None:
    """Return the mapping of a sender, whose name can be empty. Return None if the setting has no mapping for it."""
    return (mappings.get(sender or OWN) or mappings.get(ALL)) if mappings else None


def _mapping(each: Mapping[str, Any]) -> SenderMapping:
    kinds = [_fields(KINDS[kind], each[kind]) for kind in KINDS if kind in each]
    by_type = {event_type: fields for fields in kinds for event_type in fields.types}
    return SenderMapping(_path(each.get("type", TYPE_FIELD)), by_type)


def _fields(transaction_type: str, of: Mapping[str, Any]) -> MoneyFields:
    return MoneyFields(
        transaction_type=transaction_type,
        types=tuple(of["types"]),
        amount=_path(of["amount"]),
        in_major_units=of["unit"] == MAJOR,
        currency=_path(of["currency"]),
        object_id=_path(of["id"]),
        payment_id=_path(of.get("payment", "")),
        reference=_path(of.get("reference", "")),
        status=_path(of.get("status", "")),
        booked=tuple(of.get("booked", ())),
        ignored=tuple(of.get("ignored", ())),
    )


def _path(text: str) -> Path:
    return tuple(text.split(".")) if text else ()
