"""Resources of the providers system in a real emulator: buckets, FIFO queues, buses and their targets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from integration.provider_programs import providers_everything
from support.waiting import wait_until

from hookline.local.cloud import Cloud
from hookline.local.project import Project
from hookline.local.provision import state as states
from hookline.local.provision.provisioner import Changes, Provisioner
from hookline.local.provision.removal import remove_all
from hookline.local.provision.state import State
from hookline.local.resources import INVOKES, MAKERS, UPDATERS
from hookline.program.engine import Deployment, ProgramError, run_program


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Return an emulator with an empty state, for the tests of this module."""
    home = Project(tmp_path_factory.mktemp("provider-resources")).home
    with home.exclusive():
        cloud = home.start().cloud()
    states.prepare(cloud)
    yield cloud
    home.stop()


def provision(cloud: Cloud, program: Callable[[], object], stack: str) -> tuple[Deployment, Changes]:
    """Run a program once."""
    provisioner = Provisioner(cloud, State(cloud, stack), MAKERS, UPDATERS, INVOKES)
    config = {"aws:region": "us-east-1"}
    deployment = run_program(program, project="test", stack=stack, config=config, provider=provisioner)
    provisioner.remove_what_is_gone()
    return deployment, provisioner.changes


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> dict[str, Any]:
    """Return the outputs of a stack that the tests share."""
    return provision(cloud, lambda: providers_everything("shared"), "shared")[0].outputs


def bodies(cloud: Cloud, url: str, count: int) -> list[dict[str, Any]]:
    """Receive and delete the next messages of a queue."""
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        answer = cloud.call(
            "sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            found.append(message)
            cloud.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= count

    wait_until(enough)
    return found


def test_every_type_is_made_once_and_reused(cloud: Cloud) -> None:
    """A second run of the same program keeps all resources."""
    _, made = provision(cloud, lambda: providers_everything("twice"), "twice")
    _, kept = provision(cloud, lambda: providers_everything("twice"), "twice")
    assert (kept.made, kept.updated, kept.replaced, kept.removed) == ([], [], [], [])
    assert sorted(kept.kept) == sorted(made.made)


def names(cloud: Cloud) -> dict[str, list[str]]:
    """Return the names of all resources of the kinds that this module makes."""

    def of(service: str, operation: str, answer: str, name: str | None = None, **arguments: Any) -> list[str]:
        items = cloud.call(service, operation, **arguments).get(answer, [])
        return sorted(item[name] if name else item for item in items)

    return {
        "archives": of("events", "list_archives", "Archives", "ArchiveName"),
        "buckets": of("s3", "list_buckets", "Buckets", "Name"),
        "buses": of("events", "list_event_buses", "EventBuses", "Name"),
        "log policies": of("logs", "describe_resource_policies", "resourcePolicies", "policyName"),
        "mappings": of("lambda", "list_event_source_mappings", "EventSourceMappings", "FunctionArn"),
        "queues": of("sqs", "list_queues", "QueueUrls"),
    }


def test_a_removed_stack_leaves_nothing_behind(cloud: Cloud) -> None:
    """This includes hidden queues, and a bucket with more objects than one page of a listing."""
    before = names(cloud)
    provision(cloud, lambda: providers_everything("gone"), "gone")
    assert all(len(found) > len(before[kind]) for kind, found in names(cloud).items())
    for number in range(1001):
        cloud.call("s3", "put_object", Bucket="papers-gone", Key=f"{number}", Body=b"x")
    remove_all(cloud, State(cloud, "gone"))
    assert names(cloud) == before


def test_what_is_protected_on_aws_can_be_removed_here(cloud: Cloud) -> None:
    """A local stack with the settings of production is removed as any other, with its objects."""
    before = names(cloud)
    provision(cloud, lambda: providers_everything("full"), "full")
    cloud.call("s3", "put_object", Bucket="kept-full", Key="x", Body=b"x")
    remove_all(cloud, State(cloud, "full"))
    assert names(cloud) == before


def test_a_bucket_is_as_the_program_says(cloud: Cloud, outputs: dict[str, Any]) -> None:
    """This covers tags, encryption, public access, lifecycle and the policy without TLS statements."""
    assert outputs
    papers, kept = {"Bucket": "papers-shared"}, {"Bucket": "kept-shared"}
    assert cloud.call("s3", "get_bucket_tagging", **papers)["TagSet"] == [{"Key": "Service", "Value": "test"}]
    encryption = cloud.call("s3", "get_bucket_encryption", **papers)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    block = cloud.call("s3", "get_public_access_block", **papers)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, True)
    (rule,) = cloud.call("s3", "get_bucket_lifecycle_configuration", **papers)["Rules"]
    assert (rule["ID"], rule["Transitions"]) == ("old", [{"Days": 30, "StorageClass": "GLACIER"}])
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        cloud.call("s3", "get_bucket_policy", **papers)
    (statement,) = json.loads(cloud.call("s3", "get_bucket_policy", **kept)["Policy"])["Statement"]
    assert statement["Effect"] == "Allow"


def test_a_mapping_that_the_role_may_not_read_for_is_refused_as_on_aws(cloud: Cloud) -> None:
    """The message has the role, the missing action, and the queue."""
    with pytest.raises(
        ProgramError, match=r"role-denied does not allow sqs:ReceiveMessage on arn:aws:sqs:.*:queue-denied.fifo"
    ):
        provision(cloud, lambda: providers_everything("denied", may_read=False), "denied")
    remove_all(cloud, State(cloud, "denied"))


def test_a_poisonous_message_holds_up_its_own_group_only_until_it_is_a_dead_letter(
    cloud: Cloud, outputs: dict[str, Any]
) -> None:
    """The order within a group is kept; after three receives, the next messages follow."""
    sent = [("a", "a1"), ("a", "a-poison"), ("a", "a2"), ("b", "b1"), ("a", "a3"), ("b", "b2")]
    for group, body in sent:
        cloud.call("sqs", "send_message", QueueUrl=outputs["queue"], MessageBody=body, MessageGroupId=group)
    seen = [message["Body"] for message in bodies(cloud, outputs["seen"], 5)]
    assert [body for body in seen if body.startswith("a")] == ["a1", "a2", "a3"]
    assert [body for body in seen if body.startswith("b")] == ["b1", "b2"]
    assert [message["Body"] for message in bodies(cloud, outputs["dlq"], 1)] == ["a-poison"]


def test_the_same_body_twice_in_a_group_is_one_message(cloud: Cloud, outputs: dict[str, Any]) -> None:
    """Content-based deduplication applies to each group separately."""
    for group in ("c", "c", "d"):
        cloud.call("sqs", "send_message", QueueUrl=outputs["queue"], MessageBody="same", MessageGroupId=group)
    cloud.call("sqs", "send_message", QueueUrl=outputs["queue"], MessageBody="last", MessageGroupId="d")
    cloud.call("sqs", "send_message", QueueUrl=outputs["queue"], MessageBody="last", MessageGroupId="c")
    seen = [message["Body"] for message in bodies(cloud, outputs["seen"], 4)]
    assert sorted(seen) == ["last", "last", "same", "same"]


def put_event(cloud: Cloud, source: str) -> str:
    """Put an event on the shared bus and return its id."""
    entry = {"EventBusName": "bus-shared", "Source": source, "DetailType": "test", "Detail": '{"ä":1}'}
    answer = cloud.call("events", "put_events", Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    return answer["Entries"][0]["EventId"]


def test_an_event_reaches_the_log_group_of_its_rule(cloud: Cloud, outputs: dict[str, Any]) -> None:
    """The log has EventBridge's JSON; an event without a matching rule is not logged."""
    assert outputs
    put_event(cloud, "other")
    sent = put_event(cloud, "test.logged")
    written: list[dict[str, Any]] = []

    def there() -> bool:
        found = cloud.call("logs", "filter_log_events", logGroupName="/aws/events/shared")["events"]
        written[:] = [json.loads(line["message"]) for line in found]
        return bool(written)

    wait_until(there)
    (event,) = written
    assert (event["id"], event["source"], event["detail"]) == (sent, "test.logged", {"ä": 1})


def test_what_a_function_keeps_refusing_ends_in_its_failure_queue(cloud: Cloud, outputs: dict[str, Any]) -> None:
    """Lambda's retry settings also apply to events of a rule; the emulator alone would ignore them."""
    sent = put_event(cloud, "test.refused")
    (message,) = bodies(cloud, outputs["failures"], 1)
    assert sent in message["Body"]
    assert "nothing from a bus" in message["Body"]


def test_what_a_rule_cannot_deliver_ends_in_the_targets_dead_letters(cloud: Cloud, outputs: dict[str, Any]) -> None:
    """The message is the event, with the rule, the target and the error as attributes."""
    sent = put_event(cloud, "test.lost")
    (message,) = bodies(cloud, outputs["failures"], 1)
    assert json.loads(message["Body"])["id"] == sent
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes["RULE_ARN"].endswith(":rule/bus-shared/lost-shared")
    assert attributes["TARGET_ARN"].endswith("-that-is-not-there")
    assert attributes["ERROR_CODE"] == "ResourceNotFoundException"
