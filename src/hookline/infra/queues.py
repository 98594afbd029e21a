"""SQS queues: encrypted, TLS only, seven days of retention, and dead letters that raise an alarm."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.infra.alarms import Metric, Threshold, make_alarm
from hookline.infra.policy import deny_without_tls

RETENTION_SECONDS = 7 * 24 * 60 * 60
MAX_RECEIVE_COUNT = 3
VISIBILITY_FACTOR = 6  # AWS's advice for a Lambda consumer: six times its timeout, so that retries do not overlap
_DEFAULT_CONSUMER_TIMEOUT = 30


def _make_queue(
    name: str,
    parent: pulumi.Resource,
    visibility_timeout: int,
    redrive_policy: pulumi.Input[str] | None = None,
) -> aws.sqs.Queue:
    opts = pulumi.ResourceOptions(parent=parent)
    queue = aws.sqs.Queue(
        name,
        name=name,
        message_retention_seconds=RETENTION_SECONDS,
        visibility_timeout_seconds=visibility_timeout,
        receive_wait_time_seconds=20,
        kms_master_key_id="alias/aws/sqs",
        redrive_policy=redrive_policy,
        opts=opts,
    )
    aws.sqs.QueuePolicy(name, queue_url=queue.url, policy=deny_without_tls(queue.arn), opts=opts)
    return queue


@dataclass(frozen=True)
class DeadLettersArgs:
    """What `DeadLetters` are made from.

    Attributes:
        suffix: ends every name.
        description: what it means that a message is here, for whoever gets the alarm.
        alarm_topic_arn: SNS topic that the alarm notifies.
    """

    suffix: str
    description: str
    alarm_topic_arn: str | None = None


class DeadLetters(pulumi.ComponentResource):
    """A queue where what failed waits for an operator, and an alarm that says so.

    Attributes:
        queue: the SQS queue.
        queue_name: its name.
    """

    def __init__(self, name: str, args: DeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the queue and the alarm `{name}-{suffix}`."""
        self.queue_name = f"{name}-{args.suffix}"
        super().__init__("hookline:messaging:DeadLetters", self.queue_name, None, opts)
        self.queue = _make_queue(self.queue_name, self, VISIBILITY_FACTOR * _DEFAULT_CONSUMER_TIMEOUT)
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
    """

    suffix: str
    consumer_timeout: int = _DEFAULT_CONSUMER_TIMEOUT
    alarm_topic_arn: str | None = None


class QueueWithDeadLetters(pulumi.ComponentResource):
    """A queue whose messages move to a dead-letter queue of its own after three receives.

    Attributes:
        queue: the SQS queue.
        queue_name: its name.
        dead_letters: the dead-letter queue with its alarm.
    """

    def __init__(self, name: str, args: QueueWithDeadLettersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the queue `{name}-queue-{suffix}` and the dead-letter queue `{name}-dlq-{suffix}`."""
        self.queue_name = f"{name}-queue-{args.suffix}"
        super().__init__("hookline:messaging:QueueWithDeadLetters", self.queue_name, None, opts)
        self.dead_letters = DeadLetters(
            f"{name}-dlq",
            DeadLettersArgs(
                suffix=args.suffix,
                description=f"A message of {self.queue_name} was received {MAX_RECEIVE_COUNT} times "
                "and not deleted: find out why, then redrive it.",
                alarm_topic_arn=args.alarm_topic_arn,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.queue = _make_queue(
            self.queue_name,
            self,
            VISIBILITY_FACTOR * args.consumer_timeout,
            pulumi.Output.json_dumps(
                {"deadLetterTargetArn": self.dead_letters.queue.arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
            ),
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive-{args.suffix}",
            queue_url=self.dead_letters.queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [self.queue.arn]}
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"url": self.queue.url, "arn": self.queue.arn})
