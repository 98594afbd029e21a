"""A process that books each payment of the payments queue once, in an SQLite file.

The id of the payment is the primary key of its row. So a second copy of a message changes nothing. A message is deleted
from the queue only after its row is stored.
"""

import argparse
import json
import sqlite3
from typing import Any

import boto3

TABLE = "CREATE TABLE IF NOT EXISTS payments (event_id TEXT PRIMARY KEY, amount TEXT NOT NULL, currency TEXT)"
ROW = "INSERT INTO payments VALUES (:event_id, :amount, :currency) ON CONFLICT (event_id) DO NOTHING"


def main() -> None:
    """Book payments until the process is stopped. It can be stopped at any time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queue-url", required=True, help="the stack's output payments_queue_url")
    parser.add_argument("--books", required=True, help="the SQLite file")
    arguments = parser.parse_args()
    sqs, books = boto3.client("sqs"), sqlite3.connect(arguments.books)
    books.execute(TABLE)
    while True:
        book_batch(sqs, arguments.queue_url, books)


def book_batch(sqs: Any, queue_url: str, books: sqlite3.Connection) -> None:
    """Receive up to ten messages, waiting up to 20 seconds for the first. Book and delete each one.

    SQS delivers a message that is wrong again after three minutes, and moves it to the dead-letter queue after the
    third time. If the books cannot be written, the worker ends, because then no message can be booked.
    """
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        try:
            book(books, json.loads(message["Body"]))
        except (ValueError, KeyError, TypeError, sqlite3.ProgrammingError) as error:
            print(f"message {message['MessageId']} is not booked: {type(error).__name__}", flush=True)
        else:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def book(books: sqlite3.Connection, payment: dict[str, Any]) -> None:
    """Book a payment, unless a payment with its id is booked already."""
    with books:  # commits, or rolls back after an error
        books.execute(ROW, {key: payment[key] for key in ("event_id", "amount", "currency")})


if __name__ == "__main__":
    main()
