"""The permissions that a deployer needs: one policy, made from the types of resources that the program declares."""

import json
import runpy
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from support.program import ACCOUNT, EDGES, ROOT, cloud_resources, deploy

from hookline.operate import deployer_policy
from hookline.operate.deployer_policy import actions, document, text
from hookline.program.engine import Deployment

FILE = ROOT / "docs" / "deployer-policy.json"
WEB_ACL = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/front/0a1b"
IN = f"us-east-1:{ACCOUNT}"
ARNS = {
    "aws:cloudwatch/dashboard:Dashboard": f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{{dashboardName}}",
    "aws:cloudwatch/eventArchive:EventArchive": f"arn:aws:events:{IN}:archive/{{name}}",
    "aws:cloudwatch/eventBus:EventBus": f"arn:aws:events:{IN}:event-bus/{{name}}",
    "aws:cloudwatch/eventRule:EventRule": f"arn:aws:events:{IN}:rule/{{eventBusName}}/{{name}}",
    "aws:cloudwatch/logGroup:LogGroup": f"arn:aws:logs:{IN}:log-group:{{name}}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": f"arn:aws:cloudwatch:{IN}:alarm:{{name}}",
    "aws:dynamodb/table:Table": f"arn:aws:dynamodb:{IN}:table/{{name}}",
    "aws:iam/role:Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "aws:lambda/function:Function": f"arn:aws:lambda:{IN}:function:{{name}}",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{bucket}",
    "aws:secretsmanager/secret:Secret": f"arn:aws:secretsmanager:{IN}:secret:{{name}}-AbCdEf",
    "aws:sns/topic:Topic": f"arn:aws:sns:{IN}:{{name}}",
    "aws:sqs/queue:Queue": f"arn:aws:sqs:{IN}:{{name}}",
    "aws:xray/samplingRule:SamplingRule": f"arn:aws:xray:{IN}:sampling-rule/{{ruleName}}",
}


def everything() -> Deployment:
    """Return a stack with all options that add types of resources."""
    options = {"provisionedConcurrency": "1", "archiveVersions": "true", "alarmEmail": "a@example.com"}
    return deploy("full", webAclArn=WEB_ACL, **options, **EDGES)


def test_each_type_of_the_program_has_its_actions_and_no_other_type_has() -> None:
    """A new type needs actions in `deployer_actions.json`."""
    assert actions().keys() == {resource.type for resource in cloud_resources(everything())}


def test_every_action_is_in_the_policy_once() -> None:
    """No statement has an action that no type needs, and no action has a wildcard."""
    needed = {action for of_type in actions().values() for action in of_type}
    allowed = [action for statement in document()["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == sorted(needed)
    assert not any("*" in action for action in allowed)


def test_only_what_has_no_smaller_resource_is_allowed_for_all() -> None:
    """Each of these actions has no resource in AWS, or a condition on the function."""
    everywhere = [each for each in document()["Statement"] if each["Resource"] == ["*"]]
    assert {each["Sid"]: bool(each.get("Condition")) for each in everywhere} == {
        "Mappings": True,
        "ReadMappings": False,
        "WithoutResource": False,
    }


def test_the_resources_of_a_stack_are_covered_and_those_of_another_are_not() -> None:
    """Each name of the stack matches an ARN of the policy. The same name with another suffix does not."""
    arns = {arn for each in document()["Statement"] for arn in each["Resource"] if arn != "*"}
    own = [arn.replace("ACCOUNT", ACCOUNT).replace("SUFFIX", "full") for arn in arns]
    for resource in cloud_resources(everything()):
        if resource.type in ARNS:
            arn = ARNS[resource.type].format(**resource.inputs)
            assert any(fnmatchcase(arn, each) for each in own), arn
            assert not any(fnmatchcase(arn.replace("-full", "-other"), each) for each in own), arn


def test_the_policy_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program behind `make fix` writes the file."""
    file = tmp_path / "policy.json"
    monkeypatch.setattr(sys, "argv", ["deployer_policy", str(file)])
    runpy.run_path(deployer_policy.__file__, run_name="__main__")
    assert file.read_text() == FILE.read_text()


def test_the_file_is_current_and_fits_into_a_role() -> None:
    """`make fix` writes the file. IAM allows 10,240 characters in the inline policies of a role."""
    assert FILE.read_text() == text()
    assert len("".join(text().split())) <= 10_240
    assert json.loads(text()) == document()
