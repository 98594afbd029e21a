"""SQS queues: encrypted, TLS only, seven days of retention, and dead letters that raise an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.alarms import Metric, Threshold, make_alarm
from hookline.infra.parts.policy import allow_rules, deny_without_tls, resource_policy

RETENTION_SECONDS = 7 * 24 * 60 * 60
MAX_RECEIVE_COUNT = 3
VISIBILITY_FACTOR = 6  # AWS's advice for a Lambda consumer: six times its timeout, so that retries do not overlap
_DEFAULT_CONSUMER_TIMEOUT = 30
_KMS: dict[str, Any] = {"kms_master_key_id": "alias/aws/sqs"}
# Nobody can change the policy of an AWS-managed key, and without a line in it EventBridge cannot use the key.
_SSE_SQS: dict[str, Any] = {"sqs_managed_sse_enabled": True}
# Deduplication and throughput are limited for each message group, and not for the whole queue ("high throughput").
_FIFO: dict[str, Any] = {
    "fifo_queue": True,
    "content_based_deduplication": True,
    "deduplication_scope": "messageGroup",
    "fifo_throughput_limit": "perMessageGroupId",
}


def _make_queue(
    name: str,
    parent: pulumi.Resource,
    visibility_timeout: int,
    rule_arns: Sequence[pulumi.Input[str]] = (),
    **kind: Any,  # noqa: ANN401 - arguments of the queue
) -> aws.sqs.Queue:
    opts, logical_name = pulumi.ResourceOptions(parent=parent), name.removesuffix(".fifo")
    queue = aws.sqs.Queue(
        logical_name,
        name=name,
        message_retention_seconds=RETENTION_SECONDS,
        visibility_timeout_seconds=visibility_timeout,
        receive_wait_time_seconds=20,
        opts=opts,
        **(_SSE_SQS if rule_arns else _KMS),
        **kind,
    )
    statements = [deny_without_tls("sqs", queue.arn)]
    if rule_arns:
        statements.append(allow_rules("sqs:SendMessage", queue.arn, rule_arns))
    aws.sqs.QueuePolicy(logical_name, queue_url=queue.url, policy=resource_policy(statements), opts=opts)
    return queue


def _full_name(name: str, suffix: str, *, fifo: bool) -> str:
    return f"{name}-{suffix}.fifo" if fifo else f"{name}-{suffix}"  # AWS demands that ending


@dataclass(frozen=True)
class DeadLettersArgs:
    """What `DeadLetters` are made from.

    Attributes:
        suffix: ends every name.
        description: what it means that a message is here, for whoever gets the alarm.
        alarm_topic_arn: SNS topic that the alarm notifies.
        fifo: True for a FIFO queue, whose name then ends with `.fifo`.
        rule_arns: EventBridge rules that may send here. With any, the queue is encrypted with a key of SQS's own,
            for EventBridge cannot use the AWS-managed KMS key.
    """

    suffix: str
    description: str
    alarm_topic_arn: pulumi.Input[str] | None = None
    fifo: bool = False
    rule_arns: Sequence[pulumi.Input[str]] = ()


class DeadLetters(pulumi.ComponentResource):
    """A queue where what failed waits for an operator, and an alarm that says so.

    Attributes:
        queue: the SQS queue.
        queue_name: its name.
    """

    def __init__(self, name: str, args: DeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the queue and the alarm `{name}-{suffix}`."""
        self.queue_name = _full_name(name, args.suffix, fifo=args.fifo)
        super().__init__("hookline:messaging:DeadLetters", f"{name}-{args.suffix}", None, opts)
        visibility = VISIBILITY_FACTOR * _DEFAULT_CONSUMER_TIMEOUT
        kind = _FIFO if args.fifo else {}
        self.queue = _make_queue(self.queue_name, self, visibility, args.rule_arns, **kind)
        depth = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": self.queue.name}, "Maximum")
        make_alarm(f"{name}-not-empty-{args.suffix}", Threshold(depth, args.description), args.alarm_topic_arn, self)
        self.register_outputs({"url": self.queue.url, "arn": self.queue.arn})


@dataclass(frozen=True)
class QueueWithDeadLettersArgs:
    """What a `QueueWithDeadLetters` is made from.

    Attributes:
        suffix: ends every name.
        consumer_timeout: seconds that a consumer may take; the visibility timeout is six times that.
        alarm_topic_arn: SNS topic that the dead letters' alarm notifies.
        fifo: True for FIFO queues with content-based deduplication and high throughput.
    """

    suffix: str
    consumer_timeout: int = _DEFAULT_CONSUMER_TIMEOUT
    alarm_topic_arn: pulumi.Input[str] | None = None
    fifo: bool = False


class QueueWithDeadLetters(pulumi.ComponentResource):
    """A queue whose messages move to a dead-letter queue of its own after three receives.

    Attributes:
        queue: the SQS queue.
        queue_name: its name.
        dead_letters: the dead-letter queue with its alarm.
    """

    def __init__(self, name: str, args: QueueWithDeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the queue `{name}-queue-{suffix}` and the dead-letter queue `{name}-dlq-{suffix}`.

        FIFO queues are `{name}-{suffix}.fifo` and `{name}-dlq-{suffix}.fifo`.
        """
        self.queue_name = _full_name(name if args.fifo else f"{name}-queue", args.suffix, fifo=args.fifo)
        super().__init__("hookline:messaging:QueueWithDeadLetters", self.queue_name.removesuffix(".fifo"), None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.dead_letters = DeadLetters(f"{name}-dlq", self._dead_letter_args(args), child)
        dead_letters = self.dead_letters.queue
        redrive = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
        self.queue = _make_queue(
            self.queue_name,
            self,
            VISIBILITY_FACTOR * args.consumer_timeout,
            redrive_policy=pulumi.Output.json_dumps(redrive),
            **(_FIFO if args.fifo else {}),
        )
        allow = {"redrivePermission": "byQueue", "sourceQueueArns": [self.queue.arn]}
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive-{args.suffix}",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(allow),
            opts=child,
        )
        self.register_outputs({"url": self.queue.url, "arn": self.queue.arn})

    def _dead_letter_args(self, args: QueueWithDeadLettersArgs) -> DeadLettersArgs:
        return DeadLettersArgs(
            suffix=args.suffix,
            description=f"A message of {self.queue_name} was received {MAX_RECEIVE_COUNT} times "
            "and not deleted: find out why, then redrive it.",
            alarm_topic_arn=args.alarm_topic_arn,
            fifo=args.fifo,
        )
