"""An SNS topic that the alarms notify, with an e-mail subscription."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.policy import resource_policy
from hookline.infra.parts.region import partition_of, region_of


@dataclass(frozen=True)
class AlarmTopicArgs:
    """The arguments of an `AlarmTopic`.

    Attributes:
        suffix: the end of every resource's name.
        email: the e-mail address that gets the notifications. It first gets a message with a link to confirm.
        kms_key_id: a customer-managed KMS key, whose policy must allow CloudWatch to use it. With None, SNS does not
            encrypt the messages at rest, because CloudWatch cannot use the AWS-managed key.
    """

    suffix: str
    email: str
    kms_key_id: pulumi.Input[str] | None = None


class AlarmTopic(pulumi.ComponentResource):
    """An SNS topic to which only CloudWatch alarms of the same account and region may publish, with TLS only.

    Attributes:
        topic: the SNS topic.
        arn: the ARN of the topic.
    """

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the topic `{name}-{suffix}`."""
        full_name = f"{name}-{args.suffix}"
        super().__init__("hookline:monitoring:AlarmTopic", full_name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(full_name, name=full_name, kms_master_key_id=args.kms_key_id, opts=child)
        self.arn = self.topic.arn
        policy = resource_policy([self._allow_alarms(), self._deny_without_tls()])
        aws.sns.TopicPolicy(full_name, arn=self.arn, policy=policy, opts=child)
        aws.sns.TopicSubscription(full_name, topic=self.arn, protocol="email", endpoint=args.email, opts=child)
        self.register_outputs({"arn": self.arn})

    def _allow_alarms(self) -> dict[str, object]:
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        alarms = pulumi.Output.concat(
            "arn:", partition_of(self).partition, ":cloudwatch:", region_of(self), ":", account, ":alarm:*"
        )
        return {
            "Sid": "AllowAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": self.arn,
            "Condition": {"ArnLike": {"aws:SourceArn": alarms}, "StringEquals": {"aws:SourceAccount": account}},
        }

    def _deny_without_tls(self) -> dict[str, object]:
        """Return the statement that denies publishing without TLS. A topic's policy takes no action such as `sns:*`."""
        return {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": self.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
