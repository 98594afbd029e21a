"""The settings that every program of hookline has: the end of all names, and what an AWS account requires of roles."""

from __future__ import annotations

from typing import Self

import pulumi

from hookline.infra.parts.role import RoleRules
from hookline.infra.settings.kinds import text
from hookline.infra.settings.setting import check, read, setting, settings

SUFFIX = text("[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", "1 to 20 lower-case letters, digits and inner hyphens")
BOUNDARY = text(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]{1,512}", "the ARN of an IAM policy")
ROLE_PATH = text("/([A-Za-z0-9_+=,.@-]{1,64}/){1,7}", "a path of IAM with a slash at both ends, such as /payments/")


@settings
class AccountSettings:
    """The settings of the program in `account/`, which every stack has too.

    Raises:
        SettingsError: at construction, for a wrong value. The message has the setting's name, its value and the allowed
            values.
    """

    environment_suffix: str = setting(SUFFIX, "the end of every name: 1 to 20 of `a-z`, `0-9` and inner hyphens")
    permissions_boundary_arn: pulumi.Input[str] | None = setting(
        BOUNDARY, "the ARN of the IAM policy that is the permissions boundary of every role", None
    )
    role_path: str | None = setting(
        ROLE_PATH,
        "the path of every role; a change replaces the roles ([roles](docs/deploying.md#rules-for-roles))",
        None,
        "`/`",
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def role_rules(self) -> RoleRules:
        """What the AWS account requires of every role."""
        return RoleRules(self.role_path, self.permissions_boundary_arn)

    @classmethod
    def load(cls, config: pulumi.Config) -> Self:
        """Read the settings from a stack's configuration.

        Args:
            config: `pulumi.Config("hookline")`. In a project named `hookline`, `pulumi.Config()` is the same.

        Raises:
            SettingsError: if a setting is missing, unknown or wrong.
        """
        return cls(**read(config, cls))
