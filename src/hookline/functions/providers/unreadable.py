"""The steps in which ingestion keeps a genuine delivery whose body it cannot read: look up, archive, record.

The body is archived before the record is written. So if there is a record, the exact bytes are in the archive. Nothing
is sent to the queue, so processing never gets such a body.
"""

from __future__ import annotations

from collections.abc import Mapping

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery, Provider
from hookline.core.webhooks import delivery_message, unreadable_record
from hookline.core.webhooks.webhook_record import Receipt, build_alias
from hookline.functions.providers.webhook_store import WebhookStore


def keep(
    store: WebhookStore,
    parts: Mapping[str, str],
    provider: Provider,
    delivery: Delivery,
    refused: Rejected,
    receipt: Receipt,
) -> bool:
    """Archive and record a genuine delivery whose body cannot be read. Return whether somebody must look at it.

    That is so until an operator has handled its record. So no crash and no lost answer hides it. A delivery is known if
    each of its parts is known, or is a known event. Otherwise, an attacker with genuine deliveries of Adyen could put
    their events together in many ways, and each one would be stored.

    Args:
        store: the table and the bucket.
        parts: record key of each part (``unreadable_record.record_keys``) → record key of its event, or empty.
        provider: the provider.
        delivery: the verified delivery.
        refused: why the body cannot be read.
        receipt: the data of the delivery.

    Raises:
        AwsError: when a call to AWS failed. A retry of the delivery completes the remaining steps.
        Rejected: 409 ``event_conflict`` when the signed key is known with another body, and the provider always sends
            the same body with it.
    """
    found = {key: (store.known(event) if event else None) or store.known(key) for key, event in parts.items()}
    known = [each for each in found.values() if each is not None]
    if provider.signed_key and any(each.body_sha256 != receipt.body_sha256 for each in known):
        raise Rejected(409, "event_conflict", "another event was accepted under this id")
    new = [key for key, each in found.items() if each is None]
    if not new:
        return any(each.problem for each in known)
    store.archive(delivery_message.archive_key(provider.name, delivery.body), delivery.body)
    for key in new[1:]:  # the record is written last, so that a crash before it leaves its part unknown
        store.record(build_alias(key, new[0], receipt))
    store.record(unreadable_record.build(new[0], provider, delivery, refused, receipt))
    return True
