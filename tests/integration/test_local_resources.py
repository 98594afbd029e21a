"""Every type of resource in a real emulator: reuse, removal, streams, and a crash at any call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError
from integration.local_projects import inventory
from integration.programs import everything
from integration.provider_programs import providers_everything

from hookline.local.cloud import Cloud
from hookline.local.process.home import Home
from hookline.local.provision import state as states
from hookline.local.provision.provisioner import Changes, Provisioner
from hookline.local.provision.removal import remove_all
from hookline.local.provision.state import State
from hookline.local.resources import INVOKES, MAKERS, UPDATERS
from hookline.program.engine import Deployment, ProgramError, run_program


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Return an emulator with an empty state, for the tests of this module."""
    home = Home(tmp_path_factory.mktemp("resources") / ".hookline")
    with home.exclusive():
        cloud = home.start().cloud()
    states.prepare(cloud)
    yield cloud
    home.stop()


@pytest.fixture
def cloud(emulated: Cloud) -> Iterator[Cloud]:
    """Return the emulator, and remove all stacks after the test."""
    yield emulated
    for name in states.stacks(emulated):
        remove_all(emulated, State(emulated, name))


def provision(cloud: Cloud, program: Callable[[], object], stack: str) -> tuple[Deployment, Changes]:
    """Run a program once."""
    provisioner = Provisioner(cloud, State(cloud, stack), MAKERS, UPDATERS, INVOKES)
    config = {"aws:region": "us-east-1"}
    deployment = run_program(program, project="test", stack=stack, config=config, provider=provisioner)
    provisioner.remove_what_is_gone()
    return deployment, provisioner.changes


def test_every_type_is_made_once_and_reused(cloud: Cloud) -> None:
    """A second run of the same program keeps all resources and outputs."""

    def program() -> None:
        everything("twice")
        providers_everything("twice-providers")

    first, made = provision(cloud, program, "twice")
    second, kept = provision(cloud, program, "twice")
    types = {r.type for r in first.resources if r.custom}
    assert types == {*MAKERS, "pulumi:providers:aws"}
    assert (kept.made, kept.updated, kept.replaced, kept.removed) == ([], [], [], [])
    assert sorted(kept.kept) == sorted(made.made)
    assert second.outputs == first.outputs
    assert (second.outputs["region"], second.outputs["account"]) == ("us-east-1", "000000000000")


def test_a_secret_without_a_value_is_answered_as_on_aws(cloud: Cloud) -> None:
    """On AWS such a secret has no version. So `hookline secrets set` gives it the first one."""
    provision(cloud, lambda: everything("secret"), "secret")
    with pytest.raises(ClientError) as caught:
        cloud.call("secretsmanager", "get_secret_value", SecretId="secret-secret")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    cloud.call("secretsmanager", "put_secret_value", SecretId="secret-secret", SecretString="{}")
    assert cloud.call("secretsmanager", "get_secret_value", SecretId="secret-secret")["SecretString"] == "{}"


def test_a_changed_function_is_updated_and_its_new_version_is_what_the_alias_names(cloud: Cloud) -> None:
    """The update publishes a new version, and only resources that use a version are replaced."""
    provision(cloud, lambda: everything("changed"), "changed")
    _, changes = provision(cloud, lambda: everything("changed", reserved=-1), "changed")
    assert [urn.rsplit("::")[-1] for urn in changes.updated] == ["function-changed"]
    assert {urn.rsplit("::")[-1] for urn in changes.replaced} == {"live-changed", "warm-changed"}
    client = cloud.client("lambda")
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName="function-changed")
    assert client.get_alias(FunctionName="function-changed", Name="live")["FunctionVersion"] == "2"


def test_what_the_program_no_longer_has_is_removed(cloud: Cloud) -> None:
    """Only resources that the program no longer declares are removed."""
    provision(cloud, lambda: everything("fewer"), "fewer")
    _, changes = provision(cloud, lambda: everything("fewer", warm=False), "fewer")
    assert [urn.rsplit("::")[-1] for urn in changes.removed] == ["warm-fewer", "live-fewer"]
    assert changes.made == changes.updated == changes.replaced == []
    assert cloud.call("lambda", "list_aliases", FunctionName="function-fewer")["Aliases"] == []


def test_changed_default_tags_are_on_everything_that_takes_tags(cloud: Cloud) -> None:
    """Queues change in place. Resources whose tags cannot be updated are replaced, and the function with its role."""
    provision(cloud, lambda: everything("tags"), "tags")
    _, changes = provision(cloud, lambda: everything("tags", service="other"), "tags")
    untagged = {"method", "integration", "model", "path"}
    assert {urn.split("::")[2] for urn in changes.updated} == {"aws:sqs/queue:Queue"}
    assert changes.made == []
    assert not {name.rpartition("-")[0] for name in (urn.rsplit("::")[-1] for urn in changes.kept)} - untagged
    arn = cloud.call("lambda", "get_function_configuration", FunctionName="function-tags")["FunctionArn"]
    assert cloud.call("lambda", "list_tags", Resource=arn)["Tags"] == {"Service": "other"}
    for url in cloud.call("sqs", "list_queues")["QueueUrls"]:
        assert cloud.call("sqs", "list_queue_tags", QueueUrl=url)["Tags"]["Service"] == "other"


def test_the_tags_of_a_function_change_in_place(cloud: Cloud) -> None:
    """A tag that the program no longer sets is gone afterwards."""

    def function(**tags: str) -> None:
        role = aws.iam.Role("role", name="tagged", assume_role_policy='{"Version": "2012-10-17", "Statement": []}')
        code = pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(event, context): return 1")})
        runtime = aws.lambda_.Runtime.PYTHON3D11
        aws.lambda_.Function(
            "tagged", name="tagged", role=role.arn, runtime=runtime, handler="app.handler", code=code, tags=tags
        )

    provision(cloud, lambda: function(Old="1", Both="1"), "tagged")
    _, changes = provision(cloud, lambda: function(New="2", Both="2"), "tagged")
    assert [urn.rsplit("::")[-1] for urn in changes.updated] == ["tagged"]
    arn = cloud.call("lambda", "get_function_configuration", FunctionName="tagged")["FunctionArn"]
    assert cloud.call("lambda", "list_tags", Resource=arn)["Tags"] == {"New": "2", "Both": "2"}


def test_a_changed_queue_keeps_its_messages(cloud: Cloud) -> None:
    """Its attributes change in place."""

    def queue(seconds: int) -> None:
        aws.sqs.Queue("queue", name="kept", visibility_timeout_seconds=seconds)

    provision(cloud, lambda: queue(10), "kept")
    (url,) = cloud.call("sqs", "list_queues")["QueueUrls"]
    cloud.call("sqs", "send_message", QueueUrl=url, MessageBody="still here")
    _, changes = provision(cloud, lambda: queue(20), "kept")
    assert len(changes.updated) == 1
    (message,) = cloud.call("sqs", "receive_message", QueueUrl=url)["Messages"]
    assert message["Body"] == "still here"
    found = cloud.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert found["Attributes"] == {"VisibilityTimeout": "20"}


@pytest.mark.parametrize("uri", ["http://127.0.0.1/here", None])
def test_a_changed_method_keeps_its_integration(cloud: Cloud, uri: str | None) -> None:
    """As on AWS, it changes in place. Only on another path, it is another method."""

    def program(path: str, authorization: str) -> None:
        api = aws.apigateway.RestApi("api", name="api")
        paths = {
            part: aws.apigateway.Resource(part, rest_api=api.id, parent_id=api.root_resource_id, path_part=part)
            for part in ("old", "new")
        }
        place = {"rest_api": api.id, "resource_id": paths[path].id, "http_method": "POST"}
        method = aws.apigateway.Method("method", authorization=authorization, **place)
        if uri:
            after = pulumi.ResourceOptions(depends_on=[method])
            aws.apigateway.Integration(
                "there", type="HTTP_PROXY", integration_http_method="PUT", uri=uri, opts=after, **place
            )

    provision(cloud, lambda: program("old", "NONE"), "method")
    _, changes = provision(cloud, lambda: program("old", "AWS_IAM"), "method")
    assert [urn.rsplit("::")[-1] for urn in changes.updated] == ["method"]
    (api,) = cloud.call("apigateway", "get_rest_apis")["items"]
    (path,) = [
        item for item in cloud.call("apigateway", "get_resources", restApiId=api["id"])["items"]
        if item.get("pathPart") == "old"
    ]  # fmt: skip
    where = {"restApiId": api["id"], "resourceId": path["id"], "httpMethod": "POST"}
    method = cloud.call("apigateway", "get_method", **where)
    assert method["authorizationType"] == "AWS_IAM"
    kept = method.get("methodIntegration") or {}
    assert (kept.get("type"), kept.get("httpMethod"), kept.get("uri")) == (
        ("HTTP_PROXY", "PUT", uri) if uri else (None,) * 3
    )
    _, changes = provision(cloud, lambda: program("new", "AWS_IAM"), "method")
    assert "method" in [urn.rsplit("::")[-1] for urn in changes.replaced]


@pytest.mark.parametrize("names", [["api"], ["path", "validator", "mapping"]])
def test_what_a_killed_run_made_without_noting_its_id_is_found_and_removed(cloud: Cloud, names: list[str]) -> None:
    """If AWS chooses the id, a crash may happen between the creation and its record."""
    stack = f"lost{len(names)}"
    provision(cloud, lambda: everything(stack), stack)
    api = cloud.client("apigateway")
    (own,) = api.get_rest_apis()["items"]
    api.create_request_validator(restApiId=own["id"], name="by hand")
    api.create_rest_api(name="of somebody else")
    lost = {r.urn: r for r in State(cloud, stack).load().values() if r.name.removesuffix(f"-{stack}") in names}
    for record in lost.values():
        record.ready, record.undo = False, []
        State(cloud, stack).save(record)
    _, changes = provision(cloud, lambda: everything(stack), stack)
    assert lost.keys() <= set(changes.replaced)
    apis = {item["name"]: item["id"] for item in cloud.call("apigateway", "get_rest_apis")["items"]}
    assert sorted(apis) == [f"api-{stack}", "of somebody else"]
    assert len(api.get_resources(restApiId=apis[f"api-{stack}"])["items"]) == 2, "the root and one path"
    validators = [v["name"] for v in api.get_request_validators(restApiId=apis[f"api-{stack}"])["items"]]
    assert sorted(validators) == (["body"] if "api" in names else ["body", "by hand"])
    assert len(inventory(cloud)["mappings"]) == 1
    api.delete_rest_api(restApiId=apis["of somebody else"])


class CutOff(Exception):  # noqa: N818 - not an error of the program
    """A simulated end of the process."""


class CuttingCloud(Cloud):
    """A cloud that allows some calls, and then simulates the end of the process."""

    def __init__(self, cloud: Cloud, calls: int, moment: str) -> None:
        super().__init__(cloud.endpoint, cloud.credentials)
        self.left = calls
        self._moment = moment

    def _make_client(self, service: str) -> Any:
        client = super()._make_client(service)
        client.meta.events.register(self._moment, self._count)
        return client

    def _count(self, **_event: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise CutOff


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("calls", range(5, 115, 40))
def test_a_run_that_is_cut_off_at_any_call_is_made_good_by_the_next(cloud: Cloud, calls: int, moment: str) -> None:
    """The run ends before or after a call reaches the emulator. The next run completes the stack.

    The removal of the stack then leaves no resource.
    """
    stack = f"cut{calls}{moment[0]}"
    before = inventory(cloud)
    with pytest.raises((CutOff, ProgramError)):
        provision(CuttingCloud(cloud, calls, moment), lambda: everything(stack), stack)
    deployment, _ = provision(cloud, lambda: everything(stack), stack)
    assert provision(cloud, lambda: everything(stack), stack)[1].made == []
    assert len(cloud.call("apigateway", "get_rest_apis")["items"]) == len(before["apis"]) + 1
    assert deployment.outputs["url"].endswith(f"/{stack}/api-{stack}")
    remove_all(cloud, State(cloud, stack))
    assert inventory(cloud) == before
