"""The providers there are; the module of each is imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from hookline.core.providers.contract import Provider

MODULES = {
    "adyen": "adyen",
    "checkout": "checkout",
    "paypal": "paypal",
    "razorpay": "razorpay",
    "shopify": "shopify",
    "square": "square",
    "standard_webhooks": "standard_webhooks",
    "stripe": "stripe",
}
"""Provider's name → its module in this package."""


@cache
def provider(name: str) -> Provider:
    """Return a provider's module.

    Args:
        name: one of ``MODULES``.

    Raises:
        KeyError: when there is no such provider.
    """
    module: Any = import_module(f"hookline.core.providers.{MODULES[name]}")
    return module
