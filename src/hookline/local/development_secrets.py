"""Random signing secrets in the providers' own formats, so that signed webhooks work in local mode from the start."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping

from hookline.core import PROVIDER_NAMES

OF_PROVIDERS = "provider-secrets-"
"""A part of the name of the providers' Secrets Manager secret. Other secrets belong to the transactions system."""


def development_secrets(name: str) -> dict[str, list[str]]:
    """Return the value for the Secrets Manager secret `name`: sender → a list with one random signing secret."""
    if OF_PROVIDERS not in name:
        return {"transactions": [_whsec()]}
    return {provider: [_FORMS.get(provider, secrets.token_urlsafe)()] for provider in PROVIDER_NAMES}


def _whsec() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _hexadecimal() -> str:
    return secrets.token_hex(32).upper()


def _webhook_id() -> str:
    return secrets.token_hex(9)[:17].upper()


_FORMS: Mapping[str, Callable[[], str]] = {
    "adyen": _hexadecimal,
    "paypal": _webhook_id,
    "standard_webhooks": _whsec,
    "stripe": _whsec,
}
