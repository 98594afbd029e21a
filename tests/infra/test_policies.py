"""Policies allow exact actions on exact resources."""

import json
import re
from typing import Any

import pytest
from support.program import ACCOUNT, QUEUE, deploy

from hookline.infra import Statement
from hookline.program.engine import Deployment

EXACT_ARN = r"arn:aws:[a-z]+:us-east-1:[0-9]{12}:[A-Za-z0-9/:._-]+"
LOG_STREAMS = r"arn:aws:logs:us-east-1:[0-9]{12}:log-group:/aws/lambda/(validator|router|ingestion|processing)-full:\*"
OBJECTS = r"arn:aws:s3:::hookline-payloads-[0-9]{12}-full/\*"
ALLOWED = {"WriteLogs": LOG_STREAMS, "ArchiveBodies": OBJECTS, "ReadBodies": OBJECTS}


def role_statements(stack: Deployment) -> list[dict[str, Any]]:
    """Return every statement of every role's policy."""
    policies = stack.by_type("aws:iam/rolePolicy:RolePolicy")
    return [s for policy in policies for s in json.loads(policy.inputs["policy"])["Statement"]]


def test_no_action_is_a_wildcard(full_stack: Deployment) -> None:
    """Every action has its full name."""
    for statement in role_statements(full_stack):
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action)


def test_no_resource_is_a_wildcard_but_x_rays(full_stack: Deployment) -> None:
    """X-Ray has no ARNs; log streams and objects are limited to their group or bucket; all other ARNs are exact."""
    for statement in role_statements(full_stack):
        if statement["Sid"] == "WriteTraces":
            assert statement["Resource"] == ["*"]
            assert {action.partition(":")[0] for action in statement["Action"]} == {"xray"}
            continue
        allowed = ALLOWED.get(statement["Sid"], EXACT_ARN)
        assert all(re.fullmatch(allowed, resource) for resource in statement["Resource"])


def test_no_role_has_a_policy_from_elsewhere(full_stack: Deployment) -> None:
    """No role has a managed policy."""
    assert not full_stack.by_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    for role in full_stack.by_type("aws:iam/role:Role"):
        assert not role.inputs.keys() & {"managedPolicyArns", "inlinePolicies"}


def test_each_function_writes_only_its_own_logs(stack: Deployment) -> None:
    """A function cannot write to another log group, and cannot create one."""
    policies = [p for p in stack.by_type("aws:iam/rolePolicy:RolePolicy") if not p.name.startswith("forward-")]
    assert len(policies) == 4
    for policy in policies:
        (logs,) = [s for s in json.loads(policy.inputs["policy"])["Statement"] if s["Sid"] == "WriteLogs"]
        function = policy.inputs["role"].replace("-role", "")
        assert [r.split("/aws/lambda/")[1] for r in logs["Resource"]] == [f"{function}:*"]
        assert "logs:CreateLogGroup" not in logs["Action"]


def test_a_function_starts_after_its_permissions(stack: Deployment) -> None:
    """The role's policy exists before the first invocation."""
    for name in ("validator", "router", "ingestion", "processing"):
        policy = stack.one("aws:iam/rolePolicy:RolePolicy", name)
        assert policy.urn in stack.one("aws:lambda/function:Function", name).dependencies


def test_every_queue_refuses_requests_without_tls(stack: Deployment) -> None:
    """Each queue denies all requests without TLS; one queue also allows rules to send."""
    policies = {p.inputs["queueUrl"]: p.inputs["policy"] for p in stack.by_type("aws:sqs/queuePolicy:QueuePolicy")}
    assert len(policies) == len(stack.by_type(QUEUE))
    for url, policy in policies.items():
        statement, *allowing = json.loads(policy)["Statement"]
        assert bool(allowing) == url.endswith("/rule-failures-dev")
        assert statement["Resource"].endswith(":" + url.rpartition("/")[2])
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_archive_refuses_requests_without_tls(stack: Deployment) -> None:
    """The policy covers the bucket and its objects."""
    statement, _ = json.loads(stack.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])["Statement"]
    bucket = f"arn:aws:s3:::hookline-payloads-{ACCOUNT}-dev"
    assert statement["Resource"] == [bucket, f"{bucket}/*"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_body_in_the_archive_can_be_overwritten(stack: Deployment) -> None:
    """The policy denies every write without the condition that the key is new, also to administrators."""
    _, statement = json.loads(stack.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])["Statement"]
    assert statement["Resource"] == f"arn:aws:s3:::hookline-payloads-{ACCOUNT}-dev/*"
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:PutObject")
    assert statement["Condition"] == {"Null": {"s3:if-none-match": "true"}}


def test_the_policy_of_the_archive_comes_after_the_code_that_keeps_to_it(stack: Deployment) -> None:
    """Older code of ingestion writes without the condition. The policy would refuse it during an upgrade."""
    ingestion = stack.one("aws:lambda/function:Function", "ingestion")
    assert ingestion.urn in stack.one("aws:s3/bucketPolicy:BucketPolicy").dependencies


@pytest.mark.parametrize("action", ["*", "sqs:*", "sqs:Send*", "sqs:SendMessag?"])
def test_a_statement_with_a_wildcard_action_cannot_be_written(action: str) -> None:
    """A wildcard is an error, so that every user of the components gets least privilege."""
    with pytest.raises(ValueError, match="wildcards are not allowed"):
        Statement("Send", [action], ["arn:aws:sqs:us-east-1:123456789012:q"])


@pytest.mark.parametrize(("actions", "resources"), [([], ["arn:x"]), (["sqs:SendMessage"], [])])
def test_a_statement_needs_actions_and_resources(actions: list[str], resources: list[str]) -> None:
    """AWS would reject an empty statement later, with a less clear message."""
    with pytest.raises(ValueError, match="needs actions and resources"):
        Statement("Send", actions, resources)


def test_permissions_do_not_grow_with_settings() -> None:
    """Provisioned concurrency and alarms need no permission of the functions."""
    assert len(role_statements(deploy("a"))) == len(role_statements(deploy("b", provisionedConcurrency="1")))
