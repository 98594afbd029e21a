"""DynamoDB tables whose items expire, with or without a stream."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class TableArgs:
    """The arguments of a `Table` or a `TableWithStream`.

    Attributes:
        suffix: the end of every resource's name.
        hash_key: the name of the string attribute that identifies an item.
        ttl_attribute: the name of the number attribute with an item's expiry, in Unix seconds.
        protected: whether DynamoDB refuses to delete the table.
        kms_key_arn: the ARN of a customer-managed KMS key; None for the AWS-managed key. A change keeps the items.
    """

    suffix: str
    hash_key: str
    ttl_attribute: str = "expires_at"
    protected: bool = False
    kms_key_arn: pulumi.Input[str] | None = None


class Table(pulumi.ComponentResource):
    """A DynamoDB table with on-demand capacity, point-in-time recovery, expiry of items and KMS encryption.

    Attributes:
        table: the DynamoDB table.
        table_name: the name of the table.
    """

    _streams = False

    def __init__(self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the table `{name}-{suffix}`."""
        self.table_name = f"{name}-{args.suffix}"
        super().__init__(f"hookline:storage:{type(self).__name__}", self.table_name, None, opts)
        self.table = aws.dynamodb.Table(
            self.table_name,
            name=self.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.hash_key,
            attributes=[aws.dynamodb.TableAttributeArgs(name=args.hash_key, type="S")],
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            # `enabled` without a key ARN selects the AWS-managed KMS key. The default would be a key that AWS owns.
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(
                enabled=True, kms_key_arn=args.kms_key_arn
            ),
            stream_enabled=self._streams,
            stream_view_type="NEW_IMAGE" if self._streams else None,
            ttl=aws.dynamodb.TableTtlArgs(attribute_name=args.ttl_attribute, enabled=True),
            deletion_protection_enabled=args.protected,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"name": self.table.name, "arn": self.table.arn})


class TableWithStream(Table):
    """A DynamoDB table with a stream of all written items. The transactions system uses the table as its outbox."""

    _streams = True
