"""The formats of signing secrets, so that an operator cannot store another kind of key by mistake."""

from __future__ import annotations

from hookline.core.providers.registry import AT_THE_ROOT
from hookline.core.signatures import basic_credentials
from hookline.core.signatures.standard_webhooks_key import ASYMMETRIC_PREFIXES, TEXT_PREFIXES
from hookline.errors import UserError
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer
from hookline.operate.sending.signing import can_sign

MIN_LENGTH = 16
"""Minimum number of characters of a signing secret. A shorter one can be guessed."""

_OTHER_KEYS = {
    "sk_": "a secret API key",
    "pk_": "a public API key",
    "rk_": "a restricted API key",
    "rzp_": "an API key of Razorpay",
    "shpat_": "an access token of Shopify",
    "shpca_": "an access token of Shopify",
    "sq0": "an application key of Square",
    "EAAA": "an access token of Square",
    "AQE": "an API key of Adyen",
    **dict.fromkeys(ASYMMETRIC_PREFIXES, "a key of asymmetric signatures (v1a), but hookline verifies only v1"),
}
"""Start of a key → kind of key. No such key verifies webhooks."""

_STARTS = {"stripe": "whsec_"}
"""Provider → start of all its signing secrets."""


def require_form(source: str, secret: str, *, force: bool) -> None:
    """Raise `UserError` if a secret has the wrong format for a provider or for `transactions`.

    The last check signs a sample with the secret. HTTP basic credentials of Adyen sign nothing, so only their form is
    checked.

    Args:
        source: name of a provider, or `transactions`, with or without `/` and the name of a sender.
        secret: the secret.
        force: True to accept a secret that is short, or that looks like another kind of key.
    """
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UserError(f"a secret of {source} must be printable ASCII without spaces")
    name = source.partition("/")[0]
    problem = None if force else _doubt(name, secret)
    if problem:
        raise UserError(f"this does not look like a signing secret of {source}: {problem}; --force accepts it anyway")
    if not can_sign(source, secret):
        _require_credentials(secret)
        return
    name = AT_THE_ROOT if name == "transactions" else name
    Signer(name, secret, rsa=lambda message: message).sign(samples.read(name, "payment"))


def _require_credentials(secret: str) -> None:
    if not basic_credentials.is_credentials(secret):
        raise UserError(
            f"credentials have the form {basic_credentials.PREFIX}USER:PASSWORD, with at most 128 characters each, and "
            "no colon in USER"
        )


def _doubt(source: str, secret: str) -> str | None:
    if not can_sign(source, secret):
        password = secret.removeprefix(basic_credentials.PREFIX).partition(":")[2]
        return f"the password has fewer than {MIN_LENGTH} characters" if len(password) < MIN_LENGTH else None
    start = _STARTS.get(source, "")
    if not secret.startswith(start):
        return f"it does not begin with {start}"
    other = next((kind for prefix, kind in _OTHER_KEYS.items() if secret.startswith(prefix)), None)
    if other:
        return f"it looks like {other}"
    public = next((prefix for prefix in TEXT_PREFIXES if secret.startswith(prefix)), "")  # everybody knows it
    return f"it has fewer than {MIN_LENGTH} characters" if len(secret) - len(public) < MIN_LENGTH else None
