"""The AWS provider that makes every resource of a stack."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from hookline.infra.settings.setting import SettingsError, configured_keys
from hookline.infra.settings.stack import REGION

# An explicit AWS provider ignores the stack's `aws:` settings. So the program passes on region and profile, and rejects
# all other `aws:` settings.
_PASSED_ON = ("region", "profile")


def aws_provider(suffix: str, tags: Mapping[str, str] | None = None) -> aws.Provider:
    """Make the AWS provider `aws-{suffix}` for us-east-1. It tags every resource that can have tags.

    Args:
        suffix: the stack's `environmentSuffix`.
        tags: more tags for every resource, as key → value; the stack's `tags`.

    Raises:
        SettingsError: if `aws:region` is not us-east-1, or if there is an `aws:` setting besides region and profile.
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
        default_tags=aws.ProviderDefaultTagsArgs(tags={**(tags or {}), "Environment": suffix, "Service": "hookline"}),
    )
