"""The names of a pipeline's resources: the prefix, the resource's own name and the suffix."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_PREFIX = 10
LONGEST_TOGETHER = 23
"""Maximum length of prefix plus suffix. AWS limits the names of bus archives (48 characters) and of buckets (63)."""

_PREFIX = re.compile(rf"[a-z0-9]([a-z0-9-]{{0,{LONGEST_PREFIX - 2}}}[a-z0-9])?")


@dataclass(frozen=True)
class Names:
    """The names of one pipeline's resources. The prefix distinguishes pipelines that have the same suffix.

    Attributes:
        suffix: the end of every name, from the setting `environmentSuffix`.
        prefix: the start of every name; empty for no prefix.

    Raises:
        ValueError: at construction, if the prefix is not valid, or is too long together with the suffix.
    """

    suffix: str
    prefix: str = ""

    def __post_init__(self) -> None:
        if self.prefix and not _PREFIX.fullmatch(self.prefix):
            allowed = f"1 to {LONGEST_PREFIX} lower-case letters, digits and inner hyphens"
            raise ValueError(f'name_prefix is "{self.prefix}": it must be {allowed}')
        if self.prefix and len(self.prefix + self.suffix) > LONGEST_TOGETHER:
            raise ValueError(
                f'name_prefix "{self.prefix}" and environment_suffix "{self.suffix}" have more than {LONGEST_TOGETHER} '
                "characters together: shorten one of them, because AWS limits the length of names"
            )

    def part(self, name: str) -> str:
        """Return a resource's name with the prefix only, for a component that adds the suffix itself."""
        return f"{self.prefix}-{name}" if self.prefix else name

    def full(self, name: str) -> str:
        """Return a resource's full name, with prefix and suffix."""
        return f"{self.part(name)}-{self.suffix}"
