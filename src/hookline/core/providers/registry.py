"""The registry of providers. The registry imports the module of a provider when the provider is first used."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from hookline.core.providers.contract import Provider

AT_THE_ROOT = "standard_webhooks"
"""The provider with the endpoint ``/webhook``. The endpoints of other providers are ``/webhook/{name}``."""

_ROOT = "webhook"


@cache
def provider(name: str) -> Provider:
    """Return the description of a provider.

    Args:
        name: one of ``hookline.core.PROVIDER_NAMES``.

    Raises:
        ModuleNotFoundError: when there is no provider with this name.
    """
    return import_module(f"hookline.core.providers.{name}").PROVIDER


def path_of(name: str) -> str:
    """Return the URL path of a provider's endpoint, without a leading slash."""
    return _ROOT if name == AT_THE_ROOT else f"{_ROOT}/{name}"


def name_in(path: str) -> str:
    """Return the provider name from the URL path of a request. The result is possibly not a known provider."""
    last = path.rpartition("/")[2]
    return AT_THE_ROOT if last == _ROOT else last
