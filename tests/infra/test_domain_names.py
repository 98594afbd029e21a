"""A domain name of your own: API Gateway serves the APIs there, and every URL of the stack is there."""

import json

import pulumi
import pulumi_aws as aws
import pytest
from support.program import CERTIFICATE, FUNCTION, PROVIDERS, TRANSACTIONS, deploy, named, run

from hookline.infra import (
    ProviderPipeline,
    ProviderPipelineArgs,
    ProvidersSettings,
    SettingsError,
    TransactionsSettings,
)
from hookline.program.engine import Deployment, ProgramError

API = "aws:apigateway/restApi:RestApi"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
DOMAIN = "aws:apigateway/domainName:DomainName"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
HOST = "hooks.example.com"


def with_domain(**settings: str) -> Deployment:
    """Return a stack with a domain name of its own."""
    return deploy(**{"domainName": HOST, "certificateArn": CERTIFICATE, **settings})


def fingerprints(made: Deployment) -> list[str]:
    """Return what makes a new deployment of each API."""
    return sorted(each.inputs["triggers"]["definition"] for each in made.by_type(DEPLOYMENT))


def test_both_apis_share_the_domain_name() -> None:
    """Each API has a base path of its own, because both have paths that begin with `webhook`."""
    made = with_domain()
    domain = made.one(DOMAIN).inputs
    assert (domain["domainName"], domain["regionalCertificateArn"]) == (HOST, CERTIFICATE)
    assert (domain["securityPolicy"], domain["endpointConfiguration"]) == ("TLS_1_2", {"types": "REGIONAL"})
    mappings = {each.inputs["basePath"]: each.inputs for each in made.by_type(MAPPING)}
    assert mappings.keys() == {"transactions", "providers"}
    assert {(each["domainName"], each["stageName"]) for each in mappings.values()} == {(HOST, "api-dev")}
    assert len({each["restApi"] for each in mappings.values()}) == 2


def test_the_mappings_wait_for_the_domain_name() -> None:
    """API Gateway rejects a mapping of a domain name that does not exist yet."""
    made = with_domain()
    domain = made.one(DOMAIN)
    assert all(domain.urn in mapping.dependencies for mapping in made.by_type(MAPPING))


def test_all_urls_are_at_the_domain_name() -> None:
    """Outputs, and the URL that Square signs, have the domain name and the base path, but no stage."""
    made = with_domain(providersBasePath="in")
    assert made.outputs["webhook_url"] == f"https://{HOST}/transactions/webhook"
    assert made.outputs["api_endpoint"] == f"https://{HOST}/in/webhook"
    assert made.outputs["square_notification_url"] == f"https://{HOST}/in/webhook/square"
    ingestion = named(made, FUNCTION)["ingestion-dev"].inputs["environment"]["variables"]
    assert ingestion["SQUARE_URL"] == f"https://{HOST}/in/webhook/square"


def test_the_outputs_say_where_the_dns_record_points() -> None:
    """The DNS record belongs to the user, so the program only names its target."""
    outputs = with_domain().outputs
    assert outputs["domain_target_name"].startswith("d-")
    assert outputs["domain_zone_id"]
    assert "domain_target_name" not in deploy().outputs


def test_the_execute_api_urls_are_off() -> None:
    """With the domain name, nobody goes around it; API Gateway needs a new deployment for that."""
    made = with_domain()
    assert all(api.inputs["disableExecuteApiEndpoint"] for api in made.by_type(API))
    assert not set(fingerprints(made)) & set(fingerprints(deploy()))


def test_the_execute_api_urls_can_stay_for_a_time() -> None:
    """Senders keep the old URL until they know the new one."""
    made = with_domain(keepExecuteApi="true")
    assert [api.inputs["disableExecuteApiEndpoint"] for api in made.by_type(API)] == [False, False]
    assert len(made.by_type(MAPPING)) == 2
    assert fingerprints(made) == fingerprints(deploy())


def test_a_domain_name_that_exists_is_not_made() -> None:
    """Without a certificate, stacks can share a domain name of API Gateway that belongs to somebody else."""
    made = deploy(systems=PROVIDERS, domainName=HOST)
    assert not made.by_type(DOMAIN)
    assert made.one(MAPPING).inputs["domainName"] == HOST


def test_a_domain_name_of_the_same_program_is_used() -> None:
    """In another program, the domain name may be the output of a resource."""

    def program() -> None:
        domain = aws.apigateway.DomainName("own", domain_name="own.example.com", regional_certificate_arn=CERTIFICATE)
        settings = ProvidersSettings(environment_suffix="x", domain_name=domain.domain_name)
        pulumi.export("endpoint", ProviderPipeline("providers", ProviderPipelineArgs(settings)).api_endpoint)

    assert run(program, {}).outputs["endpoint"] == "https://own.example.com/providers/webhook"


@pytest.mark.parametrize(
    "name",
    ["hooks", "Hooks.example.com", "https://hooks.example.com", "hooks.example.com.", "-a.example.com", "a..com"],
)
def test_a_wrong_domain_name_is_refused(name: str) -> None:
    """A domain name has at least two labels in lower case, and no scheme."""
    with pytest.raises(SettingsError, match=r"^hookline:domainName is .*: it must be a domain name in lower case"):
        TransactionsSettings(environment_suffix="x", domain_name=name)


@pytest.mark.parametrize("path", ["", "a/b", "/a", "a b", "ä"])
def test_a_wrong_base_path_is_refused(path: str) -> None:
    """API Gateway allows one segment in the base path of a REST API."""
    with pytest.raises(ProgramError, match=r"BasePath is .*: it must be one segment of a URL path"):
        deploy(transactionsBasePath=path)
    with pytest.raises(SettingsError, match=r"hookline:providersBasePath"):
        ProvidersSettings(environment_suffix="x", providers_base_path=path)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"keepExecuteApi": "true"}, "keepExecuteApi is true: domainName is not set, so it would have no effect"),
        ({"certificateArn": CERTIFICATE}, "certificateArn is .*: domainName is not set, so it would have no effect"),
        (
            {"providersBasePath": "transactions"},
            'providersBasePath is "transactions": transactionsBasePath has the same',
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, str], problem: str) -> None:
    """The message names both settings."""
    with pytest.raises(ProgramError, match=rf"hookline:{problem}"):
        deploy(**settings)


def test_one_system_may_have_any_base_path() -> None:
    """Base paths must differ only if the stack has both systems."""
    made = deploy(systems=TRANSACTIONS, domainName=HOST, transactionsBasePath="providers")
    assert json.dumps(made.outputs["webhook_url"]) == f'"https://{HOST}/providers/webhook"'
