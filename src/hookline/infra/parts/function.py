"""A Lambda function with a role, a log group and alarms of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.alarms import Metric, Threshold, make_alarm
from hookline.infra.parts.policy import LAMBDA_TRUST, TRACING, Statement, allow
from hookline.packaging.archive import RUNTIME


def aws_client(client: str) -> dict[str, pulumi.Input[str]]:
    """The environment variable by which a function calls AWS with botocore; none if with hookline's own client."""
    return {} if client == "hookline" else {"HOOKLINE_AWS_CLIENT": client}


@dataclass(frozen=True)
class FunctionArgs:
    """What a `Function` is made from.

    Attributes:
        suffix: ends every name.
        description: one line, shown in the AWS console.
        handler: dotted path of the handler inside the archive.
        code: the archive.
        timeout: seconds.
        reserved_concurrency: concurrent executions reserved for, and the limit of, this function; None reserves none.
        environment: environment variables.
        statements: what the role may do besides writing its own logs and traces.
        memory: MiB; CPU grows with it.
        provisioned_concurrency: instances kept warm; 0 is off. If on, call `invoke_arn`, permit `qualifier`.
        log_retention_days: days.
        alarm_topic_arn: SNS topic that the alarms notify.
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
    alarm_topic_arn: pulumi.Input[str] | None = None


class Function(pulumi.ComponentResource):
    """A Python 3.11 function on arm64, traced, least-privileged, with bounded concurrency.

    Attributes:
        function: the Lambda function.
        role: its role, used by nothing else.
        log_group: its log group.
        arn: ARN of the function, without a version.
        name: name of the function.
        invoke_arn: what an API Gateway integration calls: the alias if instances are kept warm.
        target_arn: what any other service calls, of the same alias or function.
        qualifier: the alias's name, or None.
    """

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the function `{name}-{suffix}`."""
        self._full_name = f"{name}-{args.suffix}"
        super().__init__("hookline:compute:Function", self._full_name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs-{args.suffix}",
            name=f"/aws/lambda/{self._full_name}",
            retention_in_days=args.log_retention_days,
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

    def _make_role(self, name: str, args: FunctionArgs) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role_name = f"{name}-role-{args.suffix}"
        role = aws.iam.Role(role_name, name=role_name, assume_role_policy=LAMBDA_TRUST, opts=self._child)
        logs = Statement(
            "WriteLogs",
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            (pulumi.Output.concat(self.log_group.arn, ":*"),),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy-{args.suffix}",
            name=f"{name}-policy-{args.suffix}",
            role=role.id,
            policy=allow([logs, TRACING, *args.statements]),
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
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="Text", log_group=self.log_group.name),
            # The first call must find its permissions and its log group: the role may not create one.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, self.log_group]),
        )

    def _keep_warm(self, name: str, args: FunctionArgs) -> aws.lambda_.Alias | None:
        if args.provisioned_concurrency == 0:
            return None
        alias = aws.lambda_.Alias(
            f"{name}-live-{args.suffix}",
            name=f"live-{args.suffix}",
            description="The published version whose instances are kept warm",
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
        dimensions = {"FunctionName": self.function.name}
        for metric, description in (
            ("Errors", "raised an error or ran out of time: see its log group"),
            ("Throttles", "was refused concurrency: raise its reserved concurrency"),
        ):
            threshold = Threshold(
                Metric("AWS/Lambda", metric, dimensions), f"The function {self._full_name} {description}."
            )
            make_alarm(f"{name}-{metric.lower()}-{args.suffix}", threshold, args.alarm_topic_arn, self)
