"""The region and the partition of a component's resources, which are those of its AWS provider."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from hookline.core import EMULATOR_DNS_SUFFIX


def region_of(component: pulumi.Resource) -> pulumi.Output[str]:
    """Return the region of a component's AWS provider, such as `us-east-1`."""
    return aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=component)).region


def partition_of(component: pulumi.Resource) -> pulumi.Output[aws.GetPartitionResult]:
    """Return the partition of a component's AWS provider.

    `partition` is the start of its ARNs, such as `aws` or `aws-cn`, and `dns_suffix` the end of its host names.
    """
    return aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=component))


def has_host_names(component: pulumi.Resource) -> pulumi.Output[bool]:
    """Return whether requests can reach a component by a host name. In local mode, they cannot."""
    return partition_of(component).dns_suffix.apply(lambda suffix: suffix != EMULATOR_DNS_SUFFIX)
