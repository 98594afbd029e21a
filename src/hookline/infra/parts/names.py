"""How the parts of a pipeline are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_PREFIX = 10
LONGEST_TOGETHER = 23
"""Characters of prefix and suffix together: EventBridge allows 48 for the name of an archive, S3 63 for a bucket's."""

_PREFIX = re.compile(rf"[a-z0-9]([a-z0-9-]{{0,{LONGEST_PREFIX - 2}}}[a-z0-9])?")


@dataclass(frozen=True)
class Names:
    """The names of one pipeline's parts, which tell it from another pipeline in the same account.

    Attributes:
        suffix: ends every name: the setting `environmentSuffix`.
        prefix: begins every name; empty for none.

    Raises:
        ValueError: at construction, if the prefix has another form, or is too long beside the suffix.
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
                "characters together: shorten one of them, or AWS refuses the longest names"
            )

    def part(self, name: str) -> str:
        """Return a part's name without the suffix, which components add themselves."""
        return f"{self.prefix}-{name}" if self.prefix else name

    def full(self, name: str) -> str:
        """Return a part's whole name."""
        return f"{self.part(name)}-{self.suffix}"
