"""The steps in which ingestion keeps a genuine delivery whose body it cannot read: look up, archive, record.

The body is archived before the record is written. So if there is a record, the exact bytes are in the archive. Nothing
is sent to the queue, so processing never gets such a body.
"""

from __future__ import annotations

from collections.abc import Sequence

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery, Provider
from hookline.core.webhooks import delivery_message, unreadable_record
from hookline.core.webhooks.webhook_record import Receipt
from hookline.functions.providers.webhook_store import WebhookStore


def keep(
    store: WebhookStore,
    keys: Sequence[str],
    provider: Provider,
    delivery: Delivery,
    refused: Rejected,
    receipt: Receipt,
) -> bool:
    """Archive and record a genuine delivery whose body cannot be read. Return False if it is known.

    A delivery with signatures inside the body is also known if all its events are. Otherwise, an attacker with a
    genuine delivery could put its events together in many ways, and each one would be a new unreadable delivery.

    Args:
        store: the table and the bucket.
        keys: the record key (``unreadable_record.record_key``), and the record keys of all events whose signed fields
            could be read.
        provider: the provider.
        delivery: the verified delivery.
        refused: why the body cannot be read.
        receipt: the data of the delivery.

    Raises:
        AwsError: when a call to AWS failed. A retry of the delivery completes the remaining steps.
    """
    key, *of_events = keys
    if store.known(key) is not None or (of_events and all(store.known(each) for each in of_events)):
        return False
    store.archive(delivery_message.archive_key(provider.name, delivery.body), delivery.body)
    return store.record(unreadable_record.build(key, provider, delivery, refused, receipt))
