"""Copies of a delivery that arrive hours to years later: the same signed bytes never book twice."""

import contextlib
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from support.pipeline.books import Books
from support.pipeline.cloud import Stop, Stopped
from support.pipeline.samples import system_for_samples
from support.providers.deliveries import signed
from support.records import changed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery
from hookline.core.providers.registry import provider
from hookline.core.values.timestamp import parse_rfc3339

AGES = [timedelta(hours=1), *(timedelta(days=days) for days in (37, 74, 476, 2000))]
STOPS = ("PutObject", "SendMessageBatch", "PutItem")
UNTIMED = [name for name in PROVIDER_NAMES if not provider(name).signs_time]


@pytest.fixture
def books() -> Books:
    """Return both systems with a live secret of each provider."""
    return Books(system_for_samples())


def post(books: Books, name: str, delivery: Delivery) -> tuple[int, Any, dict[str, Any]]:
    """Send a delivery, and return the status, the answer and the log line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status, answer = books.system.post(name, delivery)
    books.settle()
    return status, answer, json.loads(out.getvalue())


def now(books: Books) -> int:
    """Return the simulation's time in Unix seconds."""
    return int(books.system.cloud.now.timestamp())


def calls(name: str) -> list[str]:
    """Return the AWS calls of a provider's delivery, in order."""
    system = system_for_samples()
    with contextlib.redirect_stdout(io.StringIO()):
        system.post(name, signed(name, now=int(system.cloud.now.timestamp())))
    return system.cloud.calls


@pytest.mark.parametrize("age", AGES, ids=str)
@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_the_same_bytes_book_once_at_any_age(books: Books, name: str, age: timedelta) -> None:
    """A copy is a duplicate, or its signed time is too old; in both cases nothing is published."""
    delivery = signed(name, now=now(books))
    assert post(books, name, delivery)[0] == 200
    assert len(books.booked) == 1
    books.later(age)
    status, answer, _ = post(books, name, delivery)
    if name in UNTIMED or status == 200:
        assert answer == {"status": "duplicate", "events": 1}
    else:
        assert (status, answer["error"]["code"]) == (401, "signature_expired")
    assert len(books.booked) == 1
    assert len(books.system.cloud.objects) == 1


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("name", PROVIDER_NAMES)
@pytest.mark.parametrize("after", ["an hour", "the retry horizon", "476 days"])
def test_a_delivery_that_was_cut_off_is_booked_once_however_late_it_comes_again(
    books: Books, name: str, stop: str, after: str
) -> None:
    """Ingestion stops right after a call. The provider, or a person, sends the event again with a new signature."""
    delays = {"an hour": AGES[0], "the retry horizon": provider(name).retry_horizon, "476 days": timedelta(days=476)}
    books.system.cloud.stop = Stop(calls(name).index(stop), after=True)
    with pytest.raises(Stopped):
        books.system.post(name, signed(name, now=now(books)))
    books.settle()
    books.later(delays[after])
    assert post(books, name, signed(name, now=now(books)))[0] == 200
    assert len(books.booked) == 1


@pytest.mark.parametrize("name", UNTIMED)
def test_a_late_copy_is_counted(books: Books, name: str) -> None:
    """A copy is late if it comes after the provider's last retry. An earlier one is only a duplicate."""
    delivery = signed(name, now=now(books))
    post(books, name, delivery)
    books.later(provider(name).retry_horizon)
    assert "LateCopy" not in post(books, name, delivery)[2]
    books.later(timedelta(seconds=1))
    line = post(books, name, delivery)[2]
    assert (line["LateCopy"], line["Duplicate"]) == (1, 1)


def test_a_record_that_outlives_its_body_says_so(books: Books) -> None:
    """With `archiveExpiryDays`, each webhook record has the time until which the archive has the body."""
    books.system.ingestion = changed(books.system.ingestion, archive_days=400)
    post(books, "checkout", signed("checkout", now=now(books)))
    (record,) = books.system.cloud.items.values()
    assert "expires_at" not in record
    assert parse_rfc3339(record["archived_until"]["S"]) == books.system.cloud.now + timedelta(days=400)


def test_a_stack_can_limit_how_long_it_remembers(books: Books) -> None:
    """With `untimedExpiryDays`, a copy after this time counts as new, which the setting's description says."""
    books.system.ingestion = changed(books.system.ingestion, untimed_expiry_days=400)
    delivery = signed("checkout", now=now(books))
    post(books, "checkout", delivery)
    books.later(timedelta(days=399))
    assert post(books, "checkout", delivery)[1]["status"] == "duplicate"
    books.later(timedelta(days=2))
    assert post(books, "checkout", delivery)[1]["status"] == "accepted"
