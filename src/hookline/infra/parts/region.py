"""The region of a component's resources, which is the region of its AWS provider."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def region_of(component: pulumi.Resource) -> pulumi.Output[str]:
    """Return the region of a component's AWS provider, such as `us-east-1`."""
    return aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=component)).region
