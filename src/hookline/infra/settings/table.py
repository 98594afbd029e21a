"""The README's table of settings, made from the declarations of the settings. `make fix` updates the README."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from hookline.infra.settings.stack import all_settings

_HEAD = "| setting | default | what it does |\n|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)*")


def table() -> str:
    """Return the table of all settings in Markdown."""
    return _HEAD + "".join(f"| `{each.name}` | {each.default} | {each.doc} |\n" for each in all_settings())


def updated(page: str) -> str:
    """Return a Markdown page with an updated table of settings.

    Raises:
        ValueError: if the page does not have exactly one table of settings.
    """
    changed, found = _TABLE.subn(lambda _: table(), page)
    if found != 1:
        raise ValueError(f"the page must have exactly one table that begins with {_HEAD.splitlines()[0]}")
    return changed


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(updated(file.read_text("utf-8")), "utf-8")
