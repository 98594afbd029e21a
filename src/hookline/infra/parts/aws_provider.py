"""The AWS provider that every resource of a stack goes through."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from hookline.infra.settings.setting import SettingsError, configured_keys
from hookline.infra.settings.stack import REGION

# An explicit provider does not read the stack's `aws:` settings: what is not passed on, is refused.
_PASSED_ON = ("region", "profile")


def aws_provider(suffix: str) -> aws.Provider:
    """Make the provider `aws-{suffix}`: us-east-1, and tags on every resource that takes tags.

    Args:
        suffix: the stack's `environmentSuffix`.

    Raises:
        SettingsError: if `aws:region` is not us-east-1, or if an `aws:` setting cannot be honoured.
    """
    config = pulumi.Config("aws")
    if config.get("region") != REGION:
        raise SettingsError("aws:region", f"is {config.get('region')!r}: it must be {REGION!r}")
    for key in configured_keys("aws"):
        if key not in _PASSED_ON:
            raise SettingsError(f"aws:{key}", "has no effect here: set it in the AWS profile or the environment")
    return aws.Provider(
        f"aws-{suffix}",
        region=REGION,
        profile=config.get("profile"),
        default_tags=aws.ProviderDefaultTagsArgs(tags={"Environment": suffix, "Service": "hookline"}),
    )
