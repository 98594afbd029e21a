"""Endpoints: the same as botocore's, or from the environment; an unknown endpoint is an error."""

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
    """Host and scheme are the same in all partitions with access to the internet."""
    names = regions(KNOWN_PARTITIONS)
    assert len(names) > 30
    for name in names:
        endpoint = find(service, SERVICES[service], {"AWS_REGION": name})
        theirs = SESSION.create_client(service, region_name=name).meta.endpoint_url
        if (service, name) == ("s3", "us-east-1"):
            theirs = "https://s3.us-east-1.amazonaws.com"  # botocore uses the older name of the same endpoint
        assert f"https://{endpoint.authority}" == theirs
        assert not endpoint.custom


@pytest.mark.parametrize("name", ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "xx-north-1", "local"])
def test_no_endpoint_is_guessed(name: str) -> None:
    """For an unknown host, the error recommends botocore."""
    with pytest.raises(ValueError, match="HOOKLINE_AWS_CLIENT=botocore"):
        find("sqs", "SQS", {"AWS_REGION": name})


@pytest.mark.parametrize("flag", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_a_demand_for_other_endpoints_is_not_passed_over(flag: str) -> None:
    """A setting for FIPS or dual-stack endpoints is an error, so that it is not silently ignored."""
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
    """As in every AWS SDK, a variable sets the endpoint; the Host header has any non-default port."""
    endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": url})
    assert (endpoint.secure, endpoint.authority, endpoint.port, endpoint.custom) == (secure, authority, port, True)


def test_a_service_s_own_variable_comes_first() -> None:
    """One service can have a different endpoint from the others."""
    environ = {"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_SQS": "http://sqs:2"}
    assert find("sqs", "SQS", environ).authority == "sqs:2"
    assert find("s3", "S3", environ).authority == "all:1"


@pytest.mark.parametrize("url", ["ftp://host", "host:80", "http://", "http://host:port", "http://host/path"])
def test_an_endpoint_that_cannot_be_read_is_refused(url: str) -> None:
    """An invalid URL in the environment fails at the start."""
    with pytest.raises(ValueError, match="http:// or https://"):
        find("sqs", "SQS", {"AWS_ENDPOINT_URL": url})


def test_the_region_is_lambda_s_or_the_default_one() -> None:
    """Lambda sets AWS_REGION; elsewhere there may be only AWS_DEFAULT_REGION."""
    assert region({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}) == "eu-west-1"
    assert region({"AWS_DEFAULT_REGION": "us-east-1"}) == "us-east-1"
    with pytest.raises(KeyError):
        region({})
