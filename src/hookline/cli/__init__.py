"""The `hookline` command."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command; if a package is missing, say how to install it."""
    try:
        from hookline.cli.main import app  # noqa: PLC0415 - its libraries may not be installed
    except ModuleNotFoundError as error:
        sys.exit(f"the hookline command needs more packages ({error}): run pip install 'hookline[cli]'")
    app()
