"""The clients of the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fakes.emulator import CREDENTIALS, ENDPOINT, FakeCloud
from support.fakes.errors import client_error

from hookline.local.cloud import Cloud, exists_already, is_missing


def test_a_client_is_made_once_and_signs_as_it_should() -> None:
    """Clients are cached, and call the emulator."""
    cloud = Cloud(ENDPOINT, CREDENTIALS)
    client = cloud.client("sqs")
    assert cloud.client("sqs") is client
    assert client.meta.endpoint_url == ENDPOINT
    assert client._get_credentials().access_key == CREDENTIALS.access_key
    assert cloud.account == "000000000000"


def test_the_users_own_aws_settings_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing profile, a proxy or a service endpoint of the user does not affect local mode."""
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\nendpoint_url = http://elsewhere\n")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://elsewhere")
    client = Cloud(ENDPOINT, CREDENTIALS).client("sqs")
    assert (client.meta.endpoint_url, client.meta.region_name) == (ENDPOINT, "us-east-1")
    assert client.meta.config.proxies == {}


def test_a_role_is_assumed_at_the_same_endpoint() -> None:
    """The new clients use the credentials of the role."""

    class Assuming(FakeCloud):
        assuming = Cloud.assuming

    cloud = Assuming()
    answer = {"AccessKeyId": "AKIA2", "SecretAccessKey": "s", "SessionToken": "t"}
    cloud.answers["assume_role"] = {"Credentials": answer}
    own = cloud.assuming("arn:role")
    assert cloud.calls[0][2]["RoleArn"] == "arn:role"
    assert (own.endpoint, own.credentials.access_key, own.credentials.token) == (ENDPOINT, "AKIA2", "t")


@pytest.mark.parametrize(
    ("code", "status", "missing", "exists"),
    [
        ("ResourceNotFoundException", 400, True, False),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, True, False),
        ("NoSuchEntity", 404, True, False),
        ("QueueDoesNotExist", 400, True, False),
        ("Anything", 404, True, False),
        ("ResourceInUseException", 400, False, True),
        ("EntityAlreadyExists", 409, False, True),
        ("ResourceExistsException", 400, False, True),
        ("ResourceConflictException", 409, False, True),
        ("AccessDenied", 403, False, False),
    ],
)
def test_errors_say_what_is_missing_and_what_exists(code: str, status: int, missing: bool, exists: bool) -> None:
    """AWS's error codes differ from service to service."""
    assert (is_missing(client_error(code, status)), exists_already(client_error(code, status))) == (missing, exists)
