"""Encrypted SQS queues that require TLS, keep messages for seven days, and have a dead-letter queue with an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.monitoring.alarms import (
    AT_ONCE,
    NOBODY,
    AlarmTopics,
    Formula,
    Lasting,
    Metric,
    Severity,
    Threshold,
    make_alarm,
)
from hookline.infra.parts.policy import allow_rules, deny_without_tls, resource_policy

RETENTION_SECONDS = 7 * 24 * 60 * 60
MAX_RECEIVE_COUNT = 3
# AWS recommends that a queue's visibility timeout is six times the timeout of the Lambda function that reads the queue.
VISIBILITY_FACTOR = 6
MOST_OF_15_MINUTES = Lasting(14, 15)
_DEFAULT_CONSUMER_TIMEOUT = 30
# SQS asks KMS for a queue's data key once an hour. By default, it asks every five minutes, and AWS bills each call.
_REUSE_SECONDS = 60 * 60
# "High throughput": deduplication and the throughput limit apply to each message group instead of the whole queue.
_FIFO: dict[str, Any] = {
    "fifo_queue": True,
    "content_based_deduplication": True,
    "deduplication_scope": "messageGroup",
    "fifo_throughput_limit": "perMessageGroupId",
}


def _encryption(kms_key_arn: pulumi.Input[str] | None, rule_arns: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    """Return the arguments of a queue that encrypt it.

    With KMS, EventBridge can send to a queue only if the policy of the KMS key allows it. Nobody can change the policy
    of the AWS-managed key. So without a customer-managed key, a queue to which EventBridge sends uses SQS's own key.
    """
    if rule_arns and kms_key_arn is None:
        return {"sqs_managed_sse_enabled": True}
    key = "alias/aws/sqs" if kms_key_arn is None else kms_key_arn
    return {"kms_master_key_id": key, "kms_data_key_reuse_period_seconds": _REUSE_SECONDS}


def _make_queue(
    name: str,
    parent: pulumi.Resource,
    visibility_timeout: int,
    kms_key_arn: pulumi.Input[str] | None,
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
        **_encryption(kms_key_arn, rule_arns),
        **kind,
    )
    statements = [deny_without_tls("sqs", queue.arn)]
    if rule_arns:
        statements.append(allow_rules("sqs:SendMessage", queue.arn, rule_arns))
    aws.sqs.QueuePolicy(logical_name, queue_url=queue.url, policy=resource_policy(statements), opts=opts)
    return queue


def _redrive(dead_letters: aws.sqs.Queue, receives: int) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives})


def _allow_redrive(name: str, dead_letters: aws.sqs.Queue, source: aws.sqs.Queue, parent: pulumi.Resource) -> None:
    """Make the policy with which only one queue may use a dead-letter queue."""
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [source.arn]}
    aws.sqs.RedriveAllowPolicy(
        name,
        queue_url=dead_letters.url,
        redrive_allow_policy=pulumi.Output.json_dumps(allow),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _full_name(name: str, suffix: str, *, fifo: bool) -> str:
    return f"{name}-{suffix}.fifo" if fifo else f"{name}-{suffix}"  # AWS requires the ending `.fifo`


@dataclass(frozen=True)
class Retries:
    """How a function retries the messages of a failure queue.

    Attributes:
        pause: seconds from a receive to the next one (the visibility timeout); at least six times the function's
            timeout.
        receives: the number of receives after which SQS moves a message to `dead_letters`.
        dead_letters: the queue for messages that are not retried any more.
    """

    pause: int
    receives: int
    dead_letters: aws.sqs.Queue


@dataclass(frozen=True)
class DeadLettersArgs:
    """The arguments of `DeadLetters`.

    Attributes:
        suffix: the end of every resource's name.
        description: the meaning of a message in this queue, for the person who gets the alarm.
        section: the start of the heading of the alarm's section in the runbook.
        severity: how soon somebody must act.
        alarm_topics: the SNS topics that the alarm notifies.
        fifo: True for a FIFO queue, with a name that ends with `.fifo`.
        rule_arns: the EventBridge rules that are allowed to send to the queue. With rules and without `kms_key_arn`,
            the queue is encrypted with SQS's own key, because EventBridge cannot use the AWS-managed KMS key.
        kms_key_arn: the ARN of a customer-managed KMS key, whose policy must allow EventBridge to use it if there are
            rules; None for AWS's own keys. A change keeps the messages.
        retries: how a function retries the messages; None if they wait for an operator.
    """

    suffix: str
    description: str
    section: str = "type-dlq-not-empty"
    severity: Severity = "page"
    alarm_topics: AlarmTopics = NOBODY
    fifo: bool = False
    rule_arns: Sequence[pulumi.Input[str]] = ()
    kms_key_arn: pulumi.Input[str] | None = None
    retries: Retries | None = None


class DeadLetters(pulumi.ComponentResource):
    """An SQS queue in which failed messages wait for an operator or for retries by a function, with an alarm.

    Attributes:
        queue: the SQS queue.
        queue_name: the name of the queue.
    """

    def __init__(self, name: str, args: DeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the queue `{name}-{suffix}` and its alarm.

        The alarm is `{name}-not-empty-{suffix}`, or with retries `{name}-waiting-{suffix}`.
        """
        self.queue_name = _full_name(name, args.suffix, fifo=args.fifo)
        super().__init__("hookline:messaging:DeadLetters", f"{name}-{args.suffix}", None, opts)
        visibility = VISIBILITY_FACTOR * _DEFAULT_CONSUMER_TIMEOUT
        kind = _FIFO if args.fifo else {}
        if args.retries:
            visibility = args.retries.pause
            kind |= {"redrive_policy": _redrive(args.retries.dead_letters, args.retries.receives)}
        self.queue = _make_queue(self.queue_name, self, visibility, args.kms_key_arn, args.rule_arns, **kind)
        if args.retries:
            _allow_redrive(f"{name}-redrive-{args.suffix}", args.retries.dead_letters, self.queue, self)
        self._make_alarm(name, args)
        self.register_outputs({"url": self.queue.url, "arn": self.queue.arn})

    def _make_alarm(self, name: str, args: DeadLettersArgs) -> None:
        depth = self._metric("ApproximateNumberOfMessagesVisible")
        kind, lasting = "not-empty", AT_ONCE
        metric: Metric | Formula = depth
        if args.retries:
            # Not the age of the oldest message: it leaves out what was received more than three times.
            pauses = self._metric("ApproximateNumberOfMessagesNotVisible")
            metric = Formula(
                {"visible": depth, "pauses": pauses}, "SUM([visible, pauses])", "Messages that wait for a retry"
            )
            kind, lasting = "waiting", MOST_OF_15_MINUTES
        threshold = Threshold(metric, args.section, args.description, lasting=lasting, severity=args.severity)
        make_alarm(f"{name}-{kind}-{args.suffix}", threshold, args.alarm_topics, self)

    def _metric(self, name: str) -> Metric:
        return Metric("AWS/SQS", name, {"QueueName": self.queue.name}, "Maximum")


@dataclass(frozen=True)
class QueueWithDeadLettersArgs:
    """The arguments of a `QueueWithDeadLetters`.

    Attributes:
        suffix: the end of every resource's name.
        consumer_timeout: the timeout of a consumer in seconds. The visibility timeout is six times as long.
        section: the start of the heading of the section about dead letters in the runbook.
        severity: how soon somebody must act on a dead letter.
        alarm_topics: the SNS topics that the alarm of the dead-letter queue notifies.
        fifo: True for FIFO queues with content-based deduplication and high throughput.
        kms_key_arn: the ARN of a customer-managed KMS key for both queues; None for the AWS-managed key.
    """

    suffix: str
    consumer_timeout: int = _DEFAULT_CONSUMER_TIMEOUT
    section: str = "type-dlq-not-empty"
    severity: Severity = "page"
    alarm_topics: AlarmTopics = NOBODY
    fifo: bool = False
    kms_key_arn: pulumi.Input[str] | None = None


class QueueWithDeadLetters(pulumi.ComponentResource):
    """An SQS queue with a dead-letter queue, for messages that were received three times and not deleted.

    Attributes:
        queue: the SQS queue.
        queue_name: the name of the queue.
        dead_letters: the dead-letter queue with its alarm.
    """

    def __init__(self, name: str, args: QueueWithDeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the queue `{name}-queue-{suffix}` and the dead-letter queue `{name}-dlq-{suffix}`.

        FIFO queues have the names `{name}-{suffix}.fifo` and `{name}-dlq-{suffix}.fifo`.
        """
        self.queue_name = _full_name(name if args.fifo else f"{name}-queue", args.suffix, fifo=args.fifo)
        super().__init__("hookline:messaging:QueueWithDeadLetters", self.queue_name.removesuffix(".fifo"), None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.dead_letters = DeadLetters(f"{name}-dlq", self._dead_letter_args(args), child)
        dead_letters = self.dead_letters.queue
        self.queue = _make_queue(
            self.queue_name,
            self,
            VISIBILITY_FACTOR * args.consumer_timeout,
            args.kms_key_arn,
            redrive_policy=_redrive(dead_letters, MAX_RECEIVE_COUNT),
            **(_FIFO if args.fifo else {}),
        )
        _allow_redrive(f"{name}-redrive-{args.suffix}", dead_letters, self.queue, self)
        self.register_outputs({"url": self.queue.url, "arn": self.queue.arn})

    def _dead_letter_args(self, args: QueueWithDeadLettersArgs) -> DeadLettersArgs:
        return DeadLettersArgs(
            suffix=args.suffix,
            description=f"A message of {self.queue_name} was received {MAX_RECEIVE_COUNT} times "
            "and not deleted: find the reason, then redrive the message.",
            section=args.section,
            severity=args.severity,
            alarm_topics=args.alarm_topics,
            fifo=args.fifo,
            kms_key_arn=args.kms_key_arn,
        )
