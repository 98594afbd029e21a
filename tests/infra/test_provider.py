"""One explicit AWS provider creates and tags every resource."""

import re

import pulumi_aws as aws
import pytest
from support.program import PROGRAM, cloud_resources, run

from hookline.program.engine import Deployment, ProgramError

CONFIG = {"aws:region": "us-east-1", "hookline:environmentSuffix": "dev"}
# Type token → class of the SDK: "aws:sqs/queue:Queue" → aws.sqs.Queue. `lambda` is a keyword in Python.
MODULES = {"lambda": "lambda_"}


def takes_tags(type_token: str) -> bool:
    """Return whether resources of a type can have tags."""
    module, _, name = re.fullmatch(r"aws:(\w+)/(\w+):(\w+)", type_token).groups()  # pyright: ignore[reportOptionalMemberAccess]
    return hasattr(getattr(getattr(aws, MODULES.get(module, module)), name), "tags")


def test_every_resource_that_takes_tags_carries_environment_and_service(full_stack: Deployment) -> None:
    """The default tags of the AWS provider apply to all its resources."""
    provider = full_stack.one("pulumi:providers:aws")
    assert '"Environment": "full"' in str(provider.inputs["defaultTags"]).replace("'", '"')
    tagged = [r for r in cloud_resources(full_stack) if takes_tags(r.type)]
    assert {r.type.rpartition(":")[2] for r in tagged} == {
        "Bucket",
        "EventBus",
        "EventRule",
        "EventSourceMapping",
        "Function",
        "LogGroup",
        "MetricAlarm",
        "Queue",
        "RestApi",
        "Role",
        "SamplingRule",
        "Secret",
        "Stage",
        "Table",
    }
    assert all(r.provider.startswith(provider.urn) for r in tagged)


def test_the_aws_profile_of_the_stack_is_used() -> None:
    """The AWS provider gets `aws:profile`, because an explicit provider does not read the stack's settings."""
    provider = run(PROGRAM, CONFIG | {"aws:profile": "payments"}).one("pulumi:providers:aws")
    assert provider.inputs["profile"] == "payments"


@pytest.mark.parametrize("key", ["accessKey", "assumeRoles", "defaultTags"])
def test_an_aws_setting_that_would_be_ignored_is_refused(key: str) -> None:
    """The explicit AWS provider would ignore such a setting; the message does not contain its value."""
    with pytest.raises(ProgramError, match=f"aws:{key} has no effect here") as caught:
        run(PROGRAM, CONFIG | {f"aws:{key}": "AKIA-something"})
    assert "AKIA" not in str(caught.value)
