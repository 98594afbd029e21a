"""Several senders at one endpoint: no sender can use or hide the ids of another sender."""

import base64
import contextlib
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.fakes.errors import aws_error
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.table import outbox_table
from support.pipeline.books import Books
from support.pipeline.samples import system_for_samples
from support.providers.deliveries import NOW, RECEIVED_AT, signed

from hookline.core.signatures.fingerprint import fingerprint
from hookline.core.signatures.standard_webhooks import SIGNATURE_HEADERS, sign
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.validator import Validator, respond

OLD, SHOP, CRM = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"o", b"s", b"c"))
SENDERS = {"": [OLD], "shop": [SHOP], "crm": [CRM]}
SALT = "5a17"


class Transactions:
    """The transactions endpoint with named senders.

    Attributes:
        table: the outbox table.
    """

    def __init__(self, secrets: Any = SENDERS, *, allow_unsigned: bool = False) -> None:
        self.manager = FakeSecretsManager(json.dumps({"transactions": secrets, "salt": SALT}))
        self.table = outbox_table()
        self._requests = 0
        self._validator = Validator(
            OutboxTable(self.table, "events", 35, None),
            allow_unsigned,
            SigningSecrets(SecretValue(self.manager, "arn:secret"), "transactions"),
            Telemetry("transactions", "dev"),
            self._later,
        )

    def _later(self) -> datetime:
        self._requests += 1
        return RECEIVED_AT + timedelta(seconds=self._requests)

    def send(self, event: dict[str, Any], secret: str = "") -> tuple[int, Any]:
        """Send an event, signed with a secret or unsigned, and return status and answer."""
        body, now = json.dumps(event), int(RECEIVED_AT.timestamp())
        values = ("msg_1", str(now), sign(secret, "msg_1", now, body.encode())) if secret else ()
        headers = {"content-type": "application/json", **dict(zip(SIGNATURE_HEADERS, values, strict=False))}
        with contextlib.redirect_stdout(io.StringIO()):
            response = respond(self._validator, {"body": body, "headers": headers})
        return int(str(response["statusCode"])), json.loads(str(response["body"]))

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that consumers receive."""
        return [json.loads(item["message"]["S"]) for item in self.table.stored.values()]


def payment(event_id: str = "1", amount: str = "10.00") -> dict[str, Any]:
    """Return a payment."""
    return {"event_id": event_id, "transaction_type": "payment", "amount": amount, "timestamp": NOW, "currency": "EUR"}


@pytest.fixture
def transactions() -> Transactions:
    """Return the endpoint with a sender without a name and two named senders."""
    return Transactions()


def test_senders_with_the_same_ids_are_all_booked(transactions: Transactions) -> None:
    """Each sender's id begins with its name, also for a consumer that keys on the message's id."""
    for amount, secret in (("1", OLD), ("2", SHOP), ("3", CRM)):
        assert transactions.send(payment(amount=amount), secret)[0] == 202
        assert transactions.send(payment(amount=amount), secret)[0] == 200
    by_id = {message["event_id"]: message["amount"] for message in transactions.messages()}
    assert by_id == {"1": "1", "shop:1": "2", "crm:1": "3"}


def test_no_sender_can_take_the_id_of_another(transactions: Transactions) -> None:
    """A sender that uses the name of another sender gets an id of its own, or 422 if it has no name itself."""
    assert transactions.send(payment("shop:1"), CRM) == (202, {"status": "accepted", "event_id": "crm:shop:1"})
    status, answer = transactions.send(payment("shop:1"), OLD)
    assert (status, answer["error"]["field"]) == (422, "event_id")
    assert transactions.send(payment("1"), SHOP) == (202, {"status": "accepted", "event_id": "shop:1"})


def test_a_message_that_is_sent_again_keeps_its_id(transactions: Transactions) -> None:
    """The message is a valid request body, and its id already begins with the name of its sender."""
    transactions.send(payment(), SHOP)
    (message,) = transactions.messages()
    assert transactions.send(message, SHOP) == (200, {"status": "duplicate", "event_id": "shop:1"})


def test_an_unsigned_request_cannot_take_the_id_of_a_sender() -> None:
    """Where unsigned requests are accepted, the names are read for an id that could begin with one of them."""
    transactions = Transactions(allow_unsigned=True)
    assert transactions.send(payment("1"))[0] == 202
    assert transactions.manager.reads == 0
    assert transactions.send(payment("order:1"))[0] == 202
    assert transactions.send(payment("shop:1"))[0] == 422
    transactions = Transactions(allow_unsigned=True)
    transactions.manager.value = aws_error("ThrottlingException")
    assert transactions.send(payment("shop:1"))[0] == 503
    assert transactions.messages() == []


def test_the_ids_of_a_plain_list_stay_as_they_are() -> None:
    """One sender without a name needs no prefix, and may use any id that is not a provider's."""
    transactions = Transactions([OLD])
    assert transactions.send(payment("shop:1"), OLD) == (202, {"status": "accepted", "event_id": "shop:1"})


def test_the_outbox_item_says_which_secret_verified_it(transactions: Transactions) -> None:
    """After a leak, an operator finds the transactions of the leaked secret. An unsigned one has no fingerprint."""
    transactions.send(payment(), SHOP)
    (item,) = transactions.table.stored.values()
    assert item["secret_fingerprint"] == {"S": fingerprint(SHOP, SALT)}
    unsigned = Transactions(allow_unsigned=True)
    unsigned.send(payment())
    assert "secret_fingerprint" not in next(iter(unsigned.table.stored.values()))


@pytest.fixture
def books() -> Books:
    """Return both systems, with three senders of Standard Webhooks."""
    system = system_for_samples()
    system.cloud.secrets = {"standard_webhooks": SENDERS, "salt": SALT}
    return Books(system)


def post(books: Books, secret: str, event_id: str = "msg_1") -> tuple[int, Any]:
    """Send a delivery of a sender, and settle its effects."""
    now = int(books.system.cloud.now.timestamp())
    delivery = signed("standard_webhooks", now=now, secret=secret, event_id=event_id)
    with contextlib.redirect_stdout(io.StringIO()):
        answer = books.system.post("standard_webhooks", delivery)
    books.settle()
    return answer


def test_webhooks_of_several_senders_with_the_same_ids_are_all_booked(books: Books) -> None:
    """The sender's name is in the record, in the bus event's key, and in the transaction's id and metadata."""
    for secret in (OLD, SHOP, CRM):
        assert post(books, secret) == (200, {"status": "accepted", "events": 1})
        assert post(books, secret) == (200, {"status": "duplicate", "events": 1})
    ids = ["standard_webhooks:msg_1", "standard_webhooks:shop:msg_1", "standard_webhooks:crm:msg_1"]
    assert books.booked == ids
    assert list(books.system.cloud.items) == ids
    prints = [item["secret_fingerprint"]["S"] for item in books.system.cloud.items.values()]
    assert prints == [fingerprint(secret, SALT) for secret in (OLD, SHOP, CRM)]
    senders = [message["metadata"].get("provider_account") for message in books.messages()]
    assert senders == [None, "shop", "crm"]


def test_a_webhook_without_a_named_sender_cannot_take_the_id_of_another(books: Books) -> None:
    """The answer names the header. A named sender gets an id of its own."""
    status, answer = post(books, OLD, "shop:msg_1")
    assert (status, answer["error"]["field"]) == (422, "webhook-id")
    assert post(books, CRM, "shop:msg_1")[0] == 200
    assert books.booked == ["standard_webhooks:crm:shop:msg_1"]
