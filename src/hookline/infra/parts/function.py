"""A Lambda function with its own role, log group and alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from hookline.infra.monitoring.alarms import NOBODY, AlarmTopics, make_alarm
from hookline.infra.monitoring.function_alarms import function_thresholds
from hookline.infra.parts.policy import LAMBDA_TRUST, TRACING, Statement, allow, permit_invocation, with_key
from hookline.infra.parts.role import NO_RULES, RoleRules, make_role
from hookline.packaging.archive import RUNTIME

_TRACING_MODES = {"active": "Active", "passthrough": "PassThrough"}


def aws_client(client: str) -> dict[str, pulumi.Input[str]]:
    """Return the environment variables that select the client with which a function calls AWS, as name → value.

    If `client` is `botocore`, the dict has `HOOKLINE_AWS_CLIENT`. If `client` is `hookline`, the dict is empty, because
    a function without this variable uses hookline's own client.
    """
    return {} if client == "hookline" else {"HOOKLINE_AWS_CLIENT": client}


@dataclass(frozen=True)
class FunctionArgs:
    """The arguments of a `Function`.

    Attributes:
        suffix: the end of every resource's name.
        description: one line for the AWS console.
        handler: the dotted path of the handler in the code package.
        code: the code package.
        timeout: the timeout in seconds.
        reserved_concurrency: the number of concurrent executions that AWS reserves for the function. It is also the
            maximum. With None, AWS reserves no executions, and the function has no maximum of its own.
        environment: the environment variables.
        statements: the role's permissions. `Function` adds permissions for logs and traces.
        memory: the memory in MiB. AWS gives more CPU to a function with more memory.
        provisioned_concurrency: the number of instances that AWS keeps warm; 0 for none. If there are warm instances,
            call the function by `invoke_arn` or `target_arn`, and use `qualifier` in a permission to invoke it.
        log_retention_days: the retention of the log group in days.
        tracing: `active` if X-Ray also records invocations whose caller made no decision about it; `passthrough` if
            the function only continues a trace that its caller records.
        alarm_topics: the SNS topics that the alarms notify.
        kms_key_arn: the ARN of a customer-managed KMS key for the environment variables and the log group. The role may
            use the key for what `statements` allow. None for AWS's own keys.
        role_rules: the path and the permissions boundary of the role.
    """

    suffix: str
    description: str
    handler: str
    code: pulumi.Archive
    timeout: int
    reserved_concurrency: int | None
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    statements: Sequence[Statement] = ()
    memory: int = 256
    provisioned_concurrency: int = 0
    log_retention_days: int = 30
    tracing: Literal["active", "passthrough"] = "active"
    alarm_topics: AlarmTopics = NOBODY
    kms_key_arn: pulumi.Input[str] | None = None
    role_rules: RoleRules = NO_RULES


class Function(pulumi.ComponentResource):
    """A Lambda function for Python 3.11 on arm64, with tracing and a least-privilege role.

    Attributes:
        function: the Lambda function.
        role: the IAM role, which only this function uses.
        log_group: the function's log group.
        arn: the ARN of the function, without a version.
        name: the name of the function.
        invoke_arn: the ARN for API Gateway integrations. If there are warm instances, it is the ARN of their alias.
        target_arn: the ARN for other services, such as EventBridge. With warm instances, it is the ARN of their alias.
        qualifier: the name of the alias of the warm instances; None if there is no alias.
        reserved_concurrency: the number of concurrent executions that AWS reserves; None for no reservation.
    """

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the function `{name}-{suffix}`."""
        self._full_name = f"{name}-{args.suffix}"
        self.reserved_concurrency = args.reserved_concurrency
        super().__init__("hookline:compute:Function", self._full_name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs-{args.suffix}",
            name=f"/aws/lambda/{self._full_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=self._child,
        )
        self.role, policy = self._make_role(name, args)
        self.function = self._make_function(args, policy)
        self.arn = self.function.arn
        self.name = self.function.name
        alias = self._keep_warm(name, args)
        called = alias or self.function
        self.invoke_arn, self.target_arn = called.invoke_arn, called.arn
        self.qualifier = alias.name if alias else None
        self._make_alarms(name, args)
        self.register_outputs({"arn": self.arn, "name": self.name})

    def permit(
        self, name: str, principal: str, source_arn: pulumi.Input[str], parent: pulumi.Resource
    ) -> aws.lambda_.Permission:
        """Allow one resource of an AWS service to invoke the function, or its alias if there are warm instances.

        `permit_invocation` describes the arguments. A changed alias changes the id of the statement.
        """
        return permit_invocation(name, self.name, self.qualifier, self.qualifier, principal, source_arn, parent)

    def _make_role(self, name: str, args: FunctionArgs) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role = make_role(f"{name}-role-{args.suffix}", LAMBDA_TRUST, args.role_rules, self)
        logs = Statement(
            "WriteLogs",
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            (pulumi.Output.concat(self.log_group.arn, ":*"),),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy-{args.suffix}",
            name=f"{name}-policy-{args.suffix}",
            role=role.id,
            policy=allow(with_key([logs, TRACING, *args.statements], args.kms_key_arn)),
            opts=self._child,
        )
        return role, policy

    def _make_function(self, args: FunctionArgs, policy: aws.iam.RolePolicy) -> aws.lambda_.Function:
        return aws.lambda_.Function(
            self._full_name,
            name=self._full_name,
            description=args.description,
            role=self.role.arn,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler=args.handler,
            code=args.code,
            memory_size=args.memory,
            timeout=args.timeout,
            reserved_concurrent_executions=args.reserved_concurrency,
            publish=args.provisioned_concurrency > 0,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=args.environment),
            kms_key_arn=args.kms_key_arn,
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode=_TRACING_MODES[args.tracing]),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="Text", log_group=self.log_group.name),
            # The first invocation needs the policy and the log group. The role is not allowed to create a log group.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, self.log_group]),
        )

    def _keep_warm(self, name: str, args: FunctionArgs) -> aws.lambda_.Alias | None:
        if args.provisioned_concurrency == 0:
            return None
        alias = aws.lambda_.Alias(
            f"{name}-live-{args.suffix}",
            name=f"live-{args.suffix}",
            description="The published version with warm instances",
            function_name=self.function.name,
            function_version=self.function.version,
            opts=self._child,
        )
        aws.lambda_.ProvisionedConcurrencyConfig(
            f"{name}-warm-{args.suffix}",
            function_name=self.function.name,
            qualifier=alias.name,
            provisioned_concurrent_executions=args.provisioned_concurrency,
            opts=self._child,
        )
        return alias

    def _make_alarms(self, name: str, args: FunctionArgs) -> None:
        thresholds = function_thresholds(self._full_name, self.name, args.timeout, args.reserved_concurrency)
        for kind, threshold in thresholds.items():
            make_alarm(f"{name}-{kind}-{args.suffix}", threshold, args.alarm_topics, self)
