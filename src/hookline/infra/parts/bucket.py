"""The archive: an S3 bucket for the raw bodies of deliveries. S3 moves large old bodies to GLACIER."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.policy import deny_without_tls, resource_policy


@dataclass(frozen=True)
class ArchiveBucketArgs:
    """The arguments of an `ArchiveBucket`.

    Attributes:
        suffix: the end of every resource's name.
        glacier_after_days: the age in days at which S3 moves an object to GLACIER. To read such an object, restore it
            first.
        move_small_objects: whether S3 also moves objects that are smaller than 128 KiB. Each move costs more than such
            an object costs in S3 Standard in years.
        protected: whether AWS refuses to delete the bucket while it has objects.
        versions: whether S3 keeps the old version of an object that somebody deletes.
        expiry_days: the age in days at which S3 deletes an object, or None to keep all objects. S3 keeps
            the old version of a deleted object for as many days after the deletion.
        kms_key_arn: the ARN of a customer-managed KMS key for new objects; None for the AWS-managed key.
        has_writer: whether a function of the program writes to the bucket. Then call `deny_other_writes` after you
            have made the function. Otherwise the bucket gets its policy at once.
    """

    suffix: str
    glacier_after_days: int = 30
    move_small_objects: bool = False
    protected: bool = False
    versions: bool = False
    expiry_days: int | None = None
    kms_key_arn: pulumi.Input[str] | None = None
    has_writer: bool = False


class ArchiveBucket(pulumi.ComponentResource):
    """A private S3 bucket that encrypts with KMS, requires TLS, and moves old objects to GLACIER.

    Attributes:
        bucket: the S3 bucket.
        objects_arn: the ARN pattern of all objects in the bucket.
    """

    def __init__(self, name: str, args: ArchiveBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket `{name}-{account id}-{suffix}`. The account id makes the name globally unique."""
        self._prefix, self._suffix = name, args.suffix
        super().__init__("hookline:storage:ArchiveBucket", f"{name}-{args.suffix}", None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        self.bucket = aws.s3.Bucket(
            self._part(""),
            bucket=pulumi.Output.concat(f"{name}-", account, f"-{args.suffix}"),
            force_destroy=not args.protected,
            opts=self._child,
        )
        self.objects_arn = pulumi.Output.concat(self.bucket.arn, "/*")
        self._encrypt(args.kms_key_arn)
        self._access = self._keep_private()
        if not args.has_writer:
            self._set_policy([])
        self._move_to_glacier(args)
        if args.versions:
            self._keep_versions()
        self.register_outputs({"name": self.bucket.bucket, "arn": self.bucket.arn})

    def _part(self, part: str) -> str:
        return "-".join(filter(None, [self._prefix, part, self._suffix]))

    def _encrypt(self, kms_key_arn: pulumi.Input[str] | None) -> None:
        # Without a key id, `aws:kms` means the AWS-managed key. With a bucket key, S3 calls KMS less often.
        by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms", kms_master_key_id=kms_key_arn
        )
        rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=by_default, bucket_key_enabled=True
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._part("encryption"), bucket=self.bucket.id, rules=[rule], opts=self._child
        )

    def deny_other_writes(self, writer: pulumi.Resource) -> None:
        """Set the bucket's policy when the new code of the writer is live.

        The policy denies writes without `If-None-Match`, which older code of the writer does not send.
        """
        self._set_policy([writer])

    def _keep_private(self) -> aws.s3.BucketPublicAccessBlock:
        return aws.s3.BucketPublicAccessBlock(
            self._part("access"),
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )

    def _set_policy(self, writers: Sequence[pulumi.Resource]) -> None:
        aws.s3.BucketPolicy(
            self._part("policy"),
            bucket=self.bucket.id,
            policy=resource_policy(
                [deny_without_tls("s3", [self.bucket.arn, self.objects_arn]), _deny_overwriting(self.objects_arn)]
            ),
            # S3 rejects a change of a bucket's access block at the same time as a change of its policy.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._access, *writers]),
        )

    def _keep_versions(self) -> None:
        versioning = aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled")
        aws.s3.BucketVersioning(
            self._part("versions"), bucket=self.bucket.id, versioning_configuration=versioning, opts=self._child
        )

    def _move_to_glacier(self, args: ArchiveBucketArgs) -> None:
        rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
            id=f"to-glacier-{self._suffix}",
            status="Enabled",
            filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            transitions=[
                aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                    days=args.glacier_after_days, storage_class="GLACIER"
                ),
            ],
            **_expiry(args),
            abort_incomplete_multipart_upload=(
                aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(days_after_initiation=1)
            ),
        )
        aws.s3.BucketLifecycleConfiguration(
            self._part("lifecycle"),
            bucket=self.bucket.id,
            rules=[rule],
            # S3's default is named, so that an upgrade also changes a bucket that moved small objects before.
            transition_default_minimum_object_size=(
                "varies_by_storage_class" if args.move_small_objects else "all_storage_classes_128K"
            ),
            opts=self._child,
        )


def _expiry(args: ArchiveBucketArgs) -> dict[str, Any]:
    """Return the parts of the lifecycle rule that delete old objects."""
    if args.expiry_days is None:
        return {}
    return {
        "expiration": aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expiry_days),
        # S3 keeps old versions even after `versions` was switched off.
        "noncurrent_version_expiration": aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=args.expiry_days
        ),
    }


def _deny_overwriting(objects: pulumi.Input[str]) -> dict[str, object]:
    """Return the policy statement that denies writes without the condition that the key is new (`If-None-Match`)."""
    return {
        "Sid": "DenyOverwriting",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": objects,
        "Condition": {"Null": {"s3:if-none-match": "true"}},
    }
