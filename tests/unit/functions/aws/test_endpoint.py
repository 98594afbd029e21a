"""Endpoints: those that botocore knows, those that the environment names, and no guess about others."""

import botocore.session
import pytest

from hookline.functions.aws.endpoint import find, region

SERVICES = {
    "dynamodb": "DYNAMODB",
    "events": "EVENTBRIDGE",
    "s3": "S3",
    "secretsmanager": "SECRETS_MANAGER",
    "sqs": "SQS",
}
KNOWN_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
SESSION = botocore.session.get_session()


def regions(partitions: tuple[str, ...]) -> list[str]:
    """Return the regions of some partitions, as botocore lists them for Lambda."""
    return [name for partition in partitions for name in SESSION.get_available_regions("lambda", partition)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_region_has_the_endpoint_that_botocore_would_call(service: str) -> None:
    """Host and scheme are AWS's own, in all partitions but those cut off from the internet."""
    names = regions(KNOWN_PARTITIONS)
    assert len(names) > 30
    for name in names:
        endpoint = find(service, SERVICES[service], {"AWS_REGION": name})
        theirs = SESSION.create_client(service, region_name=name).meta.endpoint_url
        if (service, name) == ("s3", "us-east-1"):
            theirs = "https://s3.us-east-1.amazonaws.com"  # the older name of the same place is botocore's choice
        assert f"https://{endpoint.authority}" == theirs
        assert not endpoint.custom


@pytest.mark.parametrize("name", ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "xx-north-1", "local"])
def test_no_endpoint_is_guessed(name: str) -> None:
    """Where this client does not know the host, the error names the client that does."""
    with pytest.raises(ValueError, match="HOOKLINE_AWS_CLIENT=botocore"):
        find("sqs", "SQS", {"AWS_REGION": name})


@pytest.mark.parametrize("flag", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_a_demand_for_other_endpoints_is_not_passed_over(flag: str) -> None:
    """Whoever must use FIPS endpoints does not get others in silence."""
    with pytest.raises(ValueError, match="HOOKLINE_AWS_CLIENT=botocore"):
        find("sqs", "SQS", {"AWS_REGION": "us-east-1", flag: "true"})
    assert find("sqs", "SQS", {"AWS_REGION": "us-east-1", flag: "false"}).host == "sqs.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "secure", "authority", "port"),
    [
        ("http://127.0.0.1:4566", False, "127.0.0.1:4566", 4566),
        ("http://emulator/", False, "emulator", 80),
        ("https://vpce-1.sqs.us-east-1.vpce.amazonaws.com", True, "vpce-1.sqs.us-east-1.vpce.amazonaws.com", 443),
        ("https://localhost:443", True, "localhost", 443),
    ],
)
def test_the_environment_can_name_the_endpoint(url: str, secure: bool, authority: str, port: int) -> None:
    """As for every AWS SDK; the header names the port unless the scheme implies it."""
    endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": url})
    assert (endpoint.secure, endpoint.authority, endpoint.port, endpoint.custom) == (secure, authority, port, True)


def test_a_service_s_own_variable_comes_first() -> None:
    """One service can be elsewhere than the others."""
    environ = {"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_SQS": "http://sqs:2"}
    assert find("sqs", "SQS", environ).authority == "sqs:2"
    assert find("s3", "S3", environ).authority == "all:1"


@pytest.mark.parametrize("url", ["ftp://host", "host:80", "http://", "http://host:port", "http://host/path"])
def test_an_endpoint_that_cannot_be_read_is_refused(url: str) -> None:
    """A mistake in the environment shows at the start, not as a failed connection."""
    with pytest.raises(ValueError, match="http:// or https://"):
        find("sqs", "SQS", {"AWS_ENDPOINT_URL": url})


def test_the_region_is_lambda_s_or_the_default_one() -> None:
    """Lambda sets AWS_REGION; elsewhere AWS_DEFAULT_REGION may stand alone."""
    assert region({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}) == "eu-west-1"
    assert region({"AWS_DEFAULT_REGION": "us-east-1"}) == "us-east-1"
    with pytest.raises(KeyError):
        region({})
