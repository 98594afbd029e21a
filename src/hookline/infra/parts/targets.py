"""The targets of a bus's rules that belong to you: a queue, a function, a state machine or another event bus."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.policy import permit_invocation


@dataclass(frozen=True)
class QueueTarget:
    """A standard SQS queue of yours, in the account and region of the bus.

    You must allow the rule to send: add the statement in the stack's output `target_grants` to the queue's policy.
    EventBridge cannot send to a queue that is encrypted with the AWS-managed KMS key `alias/aws/sqs`.

    Attributes:
        arn: the ARN of the queue.
    """

    arn: pulumi.Input[str]


@dataclass(frozen=True)
class FunctionTarget:
    """A Lambda function of yours, in the account and region of the bus.

    hookline adds the permission that lets the rule invoke the function.

    Attributes:
        arn: the ARN of the function, or of one of its versions or aliases.
    """

    arn: pulumi.Input[str]

    @property
    def name(self) -> pulumi.Output[str]:
        """The ARN of the function without a version or an alias."""
        return pulumi.Output.from_input(self.arn).apply(lambda arn: ":".join(arn.split(":")[:7]))

    @property
    def qualifier(self) -> pulumi.Output[str | None]:
        """The version or the alias in the ARN; None if the ARN has none."""
        return pulumi.Output.from_input(self.arn).apply(lambda arn: next(iter(arn.split(":")[7:]), None))

    def permit(
        self, name: str, principal: str, source_arn: pulumi.Input[str], parent: pulumi.Resource
    ) -> aws.lambda_.Permission:
        """Allow one resource of an AWS service to invoke the function, as `Function.permit` does.

        A changed ARN changes the id of the statement.
        """
        part = digest_of(self.arn)
        return permit_invocation(name, self.name, self.qualifier, part, principal, source_arn, parent)


@dataclass(frozen=True)
class StateMachineTarget:
    """A Step Functions state machine of yours, in the account and region of the bus.

    hookline makes a role for the rule that can only start executions of this state machine.

    Attributes:
        arn: the ARN of the state machine, without a version or an alias.
    """

    action: ClassVar[str] = "states:StartExecution"
    arn: pulumi.Input[str]


@dataclass(frozen=True)
class BusTarget:
    """Another EventBridge bus of yours, in any account and region.

    hookline makes a role for the rule that can only put events on this bus. A bus in another account must allow the
    role too: add the statement in the stack's output `target_grants` to the policy of that bus.

    Attributes:
        arn: the ARN of the bus.
    """

    action: ClassVar[str] = "events:PutEvents"
    arn: pulumi.Input[str]


def digest_of(arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return eight hexadecimal digits that stand for an ARN, for names that must change with it."""
    return pulumi.Output.from_input(arn).apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:8])


OwnTarget = QueueTarget | FunctionTarget | StateMachineTarget | BusTarget

_PLACE = "[a-z0-9-]+:[0-9]{12}"
_FORMS: dict[str, type[OwnTarget]] = {
    rf"arn:aws[a-z-]*:sqs:{_PLACE}:[A-Za-z0-9_-]{{1,80}}": QueueTarget,
    rf"arn:aws[a-z-]*:lambda:{_PLACE}:function:[A-Za-z0-9_-]{{1,64}}(:[A-Za-z0-9_-]{{1,128}})?": FunctionTarget,
    rf"arn:aws[a-z-]*:states:{_PLACE}:stateMachine:[A-Za-z0-9_-]{{1,80}}": StateMachineTarget,
    rf"arn:aws[a-z-]*:events:{_PLACE}:event-bus/[A-Za-z0-9._/-]{{1,256}}": BusTarget,
}


def target_of(arn: str) -> OwnTarget:
    """Return the target that an ARN names.

    Raises:
        ValueError: if the ARN is not that of a standard queue, a function, a state machine or an event bus.
    """
    for form, kind in _FORMS.items():
        if re.fullmatch(form, arn):
            return kind(arn)
    raise ValueError("must be the ARN of a standard SQS queue, a Lambda function, a state machine or an event bus")
