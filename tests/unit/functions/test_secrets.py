"""Signing secrets: cached, read again within limits, and empty if there is no value."""

import json
from typing import Any

import pytest
from support.fakes.errors import aws_error
from support.fakes.secrets_manager import FakeSecretsManager

from hookline.functions.aws.errors import AwsError
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.unavailable import Unavailable


class Clock:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


def value(*secrets: str) -> dict[str, str]:
    """Return Secrets Manager's answer with these secrets for the source."""
    return {"SecretString": json.dumps({"transactions": secrets, "stripe": ["whsec_other"]})}


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def manager() -> FakeSecretsManager:
    """Return Secrets Manager with one live secret."""
    return FakeSecretsManager(value("whsec_1"))


@pytest.fixture
def secrets(manager: FakeSecretsManager, clock: Clock) -> SigningSecrets:
    """Return the secrets under test."""
    return SigningSecrets(SecretValue(manager, "arn:secret", clock), "transactions")


def test_a_value_serves_for_five_minutes(secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock) -> None:
    """The value is cached for 300 seconds; a revoked secret is invalid after that time."""
    assert list(secrets.live()) == ["whsec_1"]
    manager.value = value("whsec_2")
    clock.seconds += 299
    assert list(secrets.live()) == ["whsec_1"]
    assert manager.reads == 1
    clock.seconds += 1
    assert list(secrets.live()) == ["whsec_2"]
    assert manager.reads == 2


def test_a_refresh_reads_at_once_but_at_most_once_a_minute(
    secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock
) -> None:
    """With any number of bad signatures, Secrets Manager is read at most once a minute."""
    secrets.live()
    clock.seconds += 4.9
    assert not secrets.refresh()
    manager.value = value("whsec_1", "whsec_2")
    clock.seconds += 0.1
    assert secrets.refresh()
    assert list(secrets.live()) == ["whsec_1", "whsec_2"]
    assert [secrets.refresh() for _ in range(50)] == [False] * 50
    clock.seconds += 59
    assert not secrets.refresh()
    assert manager.reads == 2
    clock.seconds += 1
    assert secrets.refresh()


@pytest.mark.parametrize(
    "answer",
    [
        aws_error("ResourceNotFoundException"),
        aws_error("InvalidRequestException"),
        {},
        {"SecretString": ""},
        {"SecretString": "whsec_1"},
        {"SecretString": "[]"},
        {"SecretString": "{}"},
        {"SecretString": '{"transactions":"whsec_1"}'},
        {"SecretString": '{"transactions":{"a":"whsec_1"}}'},
        {"SecretString": '{"transactions":[1,null]}'},
        {"SecretString": '{"transactions":["whsec_1"],"transactions":[]}'},
    ],
)
def test_a_missing_or_malformed_value_holds_no_secrets(
    secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock, answer: dict[str, str] | Exception
) -> None:
    """Without a valid value there are no secrets, even if another value was cached."""
    secrets.live()
    clock.seconds += 300
    manager.value = answer
    assert list(secrets.live()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (aws_error("ThrottlingException"), "ThrottlingException"),
        (aws_error("AccessDeniedException"), "AccessDeniedException"),
        (AwsError("ReadTimeoutError"), "ReadTimeoutError"),
    ],
)
def test_an_outage_without_a_cached_value_is_told(
    secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock, error: Exception, code: str
) -> None:
    """The error has the code, and there is no second read within five seconds."""
    manager.value = error
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            secrets.live()
        assert caught.value.code == code
    assert manager.reads == 1
    manager.value = value("whsec_1")
    clock.seconds += 5
    assert list(secrets.live()) == ["whsec_1"]


def test_in_an_outage_the_last_value_goes_on_serving(
    secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock
) -> None:
    """During an outage, the last value stays valid, and is read again every five seconds."""
    secrets.live()
    manager.value = aws_error("InternalServiceError")
    clock.seconds += 300
    assert [*secrets.live(), *secrets.live()] == ["whsec_1", "whsec_1"]
    assert not secrets.refresh()
    assert manager.reads == 2
    clock.seconds += 5
    assert not secrets.refresh()
    assert manager.reads == 3


def test_an_outage_that_takes_long_is_met_by_one_request_in_five_seconds(
    secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The five seconds start at the end of the last read. With a silent service, the next requests do not wait."""
    secrets.live()
    read = manager.get_secret_value
    manager.value = AwsError("TimeoutError")

    def read_slowly(**arguments: Any) -> dict[str, str]:
        clock.seconds += 9
        return read(**arguments)

    monkeypatch.setattr(manager, "get_secret_value", read_slowly)
    clock.seconds += 300
    assert [[*secrets.live()] for _ in range(10)] == [["whsec_1"]] * 10
    assert manager.reads == 2


def test_a_sender_keeps_its_name_until_the_name_is_removed(
    secrets: SigningSecrets, manager: FakeSecretsManager, clock: Clock
) -> None:
    """Its ids stay its own after its last secret is removed."""
    manager.value = {"SecretString": '{"transactions":{"":["whsec_1"],"shop":[]}}'}
    assert list(secrets.live()) == ["whsec_1"]
    assert secrets.senders() == {"shop"}
    manager.value = {"SecretString": '{"transactions":{"":["whsec_1"]}}'}
    clock.seconds += 300
    secrets.live()
    assert secrets.senders() == set()


def test_the_hint_counts_secrets_that_are_not_live(secrets: SigningSecrets, manager: FakeSecretsManager) -> None:
    """An operator who edits the AWS secret learns that a name or a form is wrong."""
    manager.value = {"SecretString": '{"transactions":{"":["whsec_1"],"Shop":["a","b"],"crm":"c"}}'}
    secrets.live()
    assert secrets.unusable(lambda secret: secret == "whsec_1") == 3
    assert secrets.unusable(lambda secret: secret == "whsec_1") is None
