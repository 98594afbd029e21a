"""A Lambda function that books each payment once. The id of the payment is the key of its item in the table."""

import json
import os
from typing import Any

import boto3

books = boto3.resource("dynamodb").Table(os.environ["BOOKS"])
AlreadyBooked = books.meta.client.exceptions.ConditionalCheckFailedException


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Book a batch of messages. Return those that failed: SQS delivers them again, and three times in all."""
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            book(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others
            print(f"message {record['messageId']} is not booked: {type(error).__name__}")
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def book(payment: dict[str, Any]) -> None:
    """Book a payment, unless a payment with its id is booked already."""
    item = {key: payment[key] for key in ("event_id", "amount", "currency", "timestamp")}
    try:
        books.put_item(Item=item, ConditionExpression="attribute_not_exists(event_id)")
    except AlreadyBooked:
        print("a message came again")
