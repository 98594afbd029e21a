"""Genuine deliveries that ingestion could not read: the list of them, and the replay of one of them.

The replay decodes the archived body with the code of the installed release. So install a release that can read the
body, deploy it, and then replay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from botocore.exceptions import ClientError

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery, Provider
from hookline.core.providers.registry import provider as find_provider
from hookline.core.signatures.refusal import SignatureRefused
from hookline.core.values import strict_json
from hookline.core.values.strict_json import JsonObject
from hookline.core.values.timestamp import expiry_days, format_utc
from hookline.core.webhooks.unreadable_record import record_keys
from hookline.core.webhooks.webhook_record import Receipt
from hookline.errors import UserError
from hookline.functions.aws.botocore_clients import BotocoreClient
from hookline.functions.aws.errors import AwsError
from hookline.functions.providers.intake import OF_NEW_EVENTS, NewEvent, event_settings, read_events, take_in
from hookline.functions.providers.webhook_store import WebhookStore
from hookline.functions.unavailable import Unavailable
from hookline.operate.target import Target
from hookline.operate.unreadable_record import UnreadableRecord, parse

Decode = Callable[[bytes], JsonObject]

_BY_HAND = "book its payment, refund or dispute by hand: docs/runbook.md"

_NOT_IN_ARCHIVE = {
    "InvalidObjectState": "it is in GLACIER: restore it with `aws s3api restore-object`, and replay it again",
    "NoSuchKey": f"it has expired, or somebody deleted it: get it from the provider, or {_BY_HAND}",
}
"""Error code of S3 → what to do."""


class ArchivedStore(WebhookStore):
    """The table and the queue, for bodies that the archive already has. Only ingestion may write to the archive."""

    def archive(self, key: str, body: bytes) -> None:
        """Do nothing, because the body was read from the archive."""


def list_unreadable(target: Target, *, handled: bool = False) -> list[UnreadableRecord]:
    """Return the deliveries that ingestion could not read, the oldest first. This reads the whole table of records.

    Args:
        target: a stack with the providers system.
        handled: whether the list contains those that were replayed or set aside too.

    Raises:
        botocore.exceptions.ClientError: if DynamoDB rejects the call.
    """
    pages = target.client("dynamodb").get_paginator("scan")
    found = pages.paginate(
        TableName=target.outputs["dynamodb_table_name"], FilterExpression="attribute_exists(unreadable)"
    )
    records = [parse(item) for page in found for item in page["Items"]]
    listed = [record for record in records if handled or record.handled_at is None]
    return sorted(listed, key=lambda record: record.receipt.received_at)


def replay(
    target: Target,
    record: UnreadableRecord,
    now: datetime,
    decode: Decode = partial(strict_json.decode, mend=True),  # noqa: B008 - the function is never changed
) -> dict[str, int]:
    """Take in an archived body as ingestion would have, and mark its record as replayed.

    The events have the times and the trace id of the delivery, and the keys that they would have had. So a second
    replay, or another delivery of the same events, finds them known.

    Args:
        target: a stack with the providers system.
        record: the record of the delivery, from `list_unreadable`.
        now: the current time, with a time zone.
        decode: decodes the body, or raises `Rejected`.

    Returns:
        Metric → value, without the value 0: `Accepted`, `Withheld`, `UnsignedEvent`, `Duplicate`, `LateCopy` and
        `Conflict`.

    Raises:
        UserError: if the body still cannot be read, if the archive does not have it, or if AWS is unavailable. The
            record then stays in the list.
        botocore.exceptions.ClientError: if AWS rejects a call that only reads, or that marks the record.
    """
    environment = _ingestion_environment(target)
    provider, body = find_provider(record.provider), _archived(target, record)
    events = _events(record, provider, body, environment, decode)
    counts = _take_in(target, record, provider, body, events, environment)
    _mark(target, record.key, now)
    new = sum(counts.get(metric, 0) for metric in OF_NEW_EVENTS)
    return counts | {"Duplicate": len(events) - new} if new < len(events) else counts


def set_aside(target: Target, record: UnreadableRecord, now: datetime) -> None:
    """Take a record out of the list without a replay, after its payment, refund or dispute was booked by hand.

    Args:
        target: a stack with the providers system.
        record: the record of the delivery, from `list_unreadable`.
        now: the current time, with a time zone.

    Raises:
        botocore.exceptions.ClientError: if DynamoDB rejects the call.
    """
    _mark(target, record.key, now)


def _ingestion_environment(target: Target) -> Mapping[str, str]:
    """Return the settings of the deployed ingestion: its environment variables, which have no secret."""
    name = target.outputs["ingestion_function_name"]
    return target.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]


def _archived(target: Target, record: UnreadableRecord) -> bytes:
    bucket = target.outputs["s3_bucket_name"]
    try:
        body: bytes = target.client("s3").get_object(Bucket=bucket, Key=record.archive_key)["Body"].read()
    except ClientError as error:
        action = _NOT_IN_ARCHIVE.get(error.response.get("Error", {}).get("Code", ""))
        if action is None:
            raise
        raise UserError(f"the archive cannot give the body {record.archive_key}: {action}") from None
    if hashlib.sha256(body).hexdigest() != record.receipt.body_sha256:
        raise UserError(f"somebody changed the body {record.archive_key} in the archive: {_BY_HAND}")
    return body


def _events(
    record: UnreadableRecord, provider: Provider, body: bytes, environment: Mapping[str, str], decode: Decode
) -> list[NewEvent]:
    delivery = Delivery(body, record.headers, record.sender)
    checked, settings = partial(_decoded, record, provider, delivery, decode), event_settings(environment)
    by_object = environment["ORDERING"] == "object"
    try:
        return read_events(provider, delivery, settings, checked, by_object=by_object, as_sent=False)
    except Rejected as refused:
        raise UserError(
            f"this release cannot read the body either ({refused.code}: {refused.message}): "
            f"install and deploy a release that can, or {_BY_HAND}"
        ) from None


def _decoded(
    record: UnreadableRecord, provider: Provider, delivery: Delivery, decode: Decode, body: bytes
) -> JsonObject:
    """Decode a body. If its signatures are inside, check that the decoder reads the fields that were verified."""
    payload = decode(body)
    try:
        is_verified = provider.signed_texts is None or record.key in record_keys(provider, delivery, payload)
    except SignatureRefused:
        is_verified = False
    if not is_verified:
        raise UserError(f"this release reads other values than those that {provider.name} signed: {_BY_HAND}")
    return payload


def _take_in(
    target: Target,
    record: UnreadableRecord,
    provider: Provider,
    body: bytes,
    events: list[NewEvent],
    environment: Mapping[str, str],
) -> dict[str, int]:
    try:
        return take_in(_store(target), body, events, _receipt(record, environment), provider.retry_horizon)
    except Rejected as refused:
        raise UserError(f"the body was not taken in, because {refused.message}: compare both bodies") from None
    except (AwsError, Unavailable) as error:
        raise UserError(f"AWS did not take the events in ({error.code}): replay the body again") from None


def _receipt(record: UnreadableRecord, environment: Mapping[str, str]) -> Receipt:
    name = "UNTIMED_EXPIRY_DAYS" if record.receipt.signed_at is None else "EXPIRY_DAYS"
    days = {"expiry_days": name, "archive_days": "ARCHIVE_EXPIRY_DAYS"}
    fields: dict[str, Any] = {field: expiry_days(environment[variable]) for field, variable in days.items()}
    return Receipt(**{**vars(record.receipt), **fields})  # the functions' byte code has no dataclasses to replace


def _store(target: Target) -> WebhookStore:
    services = ("dynamodb", "s3", "sqs")
    dynamodb, s3, sqs = (cast("Any", BotocoreClient(target.client(service))) for service in services)
    outputs = target.outputs
    return ArchivedStore(
        dynamodb, outputs["dynamodb_table_name"], s3, outputs["s3_bucket_name"], sqs, outputs["sqs_queue_url"]
    )


def _mark(target: Target, key: str, now: datetime) -> None:
    """Write the time of the first replay, and take the record out of the list of problems."""
    target.client("dynamodb").update_item(
        TableName=target.outputs["dynamodb_table_name"],
        Key={"key": {"S": key}},
        ConditionExpression="attribute_exists(unreadable)",
        UpdateExpression="SET handled_at = if_not_exists(handled_at, :now) REMOVE problem, problem_at",
        ExpressionAttributeValues={":now": {"S": format_utc(now)}},
    )
