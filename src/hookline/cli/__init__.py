"""The `hookline` command."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command, or say how to install what it needs."""
    try:
        from hookline.cli.main import app  # noqa: PLC0415 - its libraries are an extra of the package
    except ModuleNotFoundError as error:
        sys.exit(f"the hookline command needs more packages ({error}): pip install 'hookline[cli]'")
    app()
