"""The registry of providers. The registry imports the module of a provider when the provider is first used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TypeVar

from hookline.core.providers.contract import Provider

T = TypeVar("T")

AT_THE_ROOT = "standard_webhooks"
"""The provider with the endpoint ``/webhook``. The endpoints of other providers are ``/webhook/{name}``."""

ROUTES = {"svix": AT_THE_ROOT}
"""Name of a second endpoint → provider. The provider describes it in ``Provider.routes``."""

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
    """Return the URL path of an endpoint, without a leading slash.

    Args:
        name: the name of a provider, or the name of a second endpoint.
    """
    return _ROOT if name == AT_THE_ROOT else f"{_ROOT}/{name}"


def paths_of(name: str) -> dict[str, tuple[str, ...]]:
    """Return the URL paths of all endpoints of a provider, each with the headers that a request must have."""
    found = provider(name)
    further = {path_of(route.name): tuple(route.headers) for route in found.routes}
    return {path_of(name): found.required_headers, **further}


def name_in(path: str) -> str:
    """Return the provider name from the URL path of a request. The result is possibly not a known provider."""
    last = _last(path)
    return AT_THE_ROOT if last == _ROOT else ROUTES.get(last, last)


def with_own_names(of: Provider, path: str, headers: Mapping[str, T]) -> dict[str, T]:
    """Return the headers of a request with the names that they have at the provider's own endpoint.

    At a second endpoint, only the headers of its route count: a header that already has the name of the provider's own
    endpoint is left out. So a request cannot mix the headers of two endpoints.

    Args:
        of: the provider.
        path: the URL path of the request.
        headers: header name in lower case → value or values.
    """
    names: Mapping[str, str] = {}
    for route in of.routes:
        if route.name == _last(path):
            names = route.headers
    kept = {name: value for name, value in headers.items() if name not in {*names, *names.values()}}
    return {**kept, **{own: headers[name] for name, own in names.items() if name in headers}}


def _last(path: str) -> str:
    return path.rpartition("/")[2]
