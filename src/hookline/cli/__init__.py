"""The command-line interface: the command `hookline`."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command `hookline`. If a package is missing, exit with a message that says how to install it."""
    try:
        from hookline.cli.main import app  # noqa: PLC0415 - the libraries of `main` may be missing
    except ModuleNotFoundError as error:
        sys.exit(f"the hookline command needs more packages ({error}): run pip install 'hookline[cli]'")
    app()
