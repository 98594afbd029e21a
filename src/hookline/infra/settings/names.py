"""Every setting that a stack file may have, by the class that reads it; the systems share one namespace."""

from __future__ import annotations

from hookline.infra.settings.values import COMMON, Table, boolean, list_of_texts, text_value, whole_number

TRANSACTIONS: Table = {
    **COMMON,
    "allowUnsigned": ("allow_unsigned", boolean),
    "expiryDays": ("expiry_days", whole_number),
    "validatorReservedConcurrency": ("validator_reserved_concurrency", whole_number),
    "routerReservedConcurrency": ("router_reserved_concurrency", whole_number),
    "provisionedConcurrency": ("provisioned_concurrency", whole_number),
    "streamParallelism": ("stream_parallelism", whole_number),
}

PROVIDERS: Table = {
    **COMMON,
    "providers": ("providers", list_of_texts),
    "ordering": ("ordering", text_value),
    "providerExpiryDays": ("provider_expiry_days", whole_number),
    "busArchiveDays": ("bus_archive_days", whole_number),
    "squareNotificationUrl": ("square_notification_url", text_value),
    "adyenCapture": ("adyen_capture", text_value),
    "ingestionReservedConcurrency": ("ingestion_reserved_concurrency", whole_number),
    "processingReservedConcurrency": ("processing_reserved_concurrency", whole_number),
}

STACK: Table = {
    "systems": ("systems", list_of_texts),
    "forwardTransactions": ("forward_transactions", boolean),
}

ALL: Table = {**TRANSACTIONS, **PROVIDERS, **STACK}
