"""The providers there are; the module of each is imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from hookline.core.providers.contract import Provider

AT_THE_ROOT = "standard_webhooks"
"""The provider whose endpoint is ``/webhook`` itself: every sender that follows this specification."""

_ROOT = "webhook"


@cache
def provider(name: str) -> Provider:
    """Return a provider.

    Args:
        name: one of ``hookline.core.PROVIDERS``.

    Raises:
        ModuleNotFoundError: when there is no such provider.
    """
    return import_module(f"hookline.core.providers.{name}").PROVIDER


def path_of(name: str) -> str:
    """Return the path of a provider's endpoint, without a slash at its beginning."""
    return _ROOT if name == AT_THE_ROOT else f"{_ROOT}/{name}"


def name_in(path: str) -> str:
    """Return the name that the path of a request ends with, which may be no provider's."""
    last = path.rpartition("/")[2]
    return AT_THE_ROOT if last == _ROOT else last
