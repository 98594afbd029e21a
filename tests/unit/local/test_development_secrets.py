"""Development secrets have the format of each provider's own secrets."""

import base64
import re

import pytest

from hookline.core import PROVIDER_NAMES
from hookline.local.development_secrets import development_secrets

NAME = "provider-secrets-dev"
FORMS = {"adyen": r"[0-9A-F]{64}", "paypal": r"[0-9A-Z]{17}"}


def test_every_provider_gets_one() -> None:
    """Each provider has one live secret, and all secrets differ."""
    secrets = development_secrets(NAME)
    assert secrets.keys() == set(PROVIDER_NAMES)
    assert len({secret for live in secrets.values() for secret in live}) == len(PROVIDER_NAMES)


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
def test_it_has_the_providers_form(provider: str) -> None:
    """Adyen's secret is hexadecimal, PayPal's is a webhook id, and the others have at least 32 characters."""
    (secret,) = development_secrets(NAME)[provider]
    assert re.fullmatch(FORMS.get(provider, r"\S{32,}"), secret)


@pytest.mark.parametrize(
    ("name", "source"), [(NAME, "standard_webhooks"), ("transactions-signing-secret-dev", "transactions")]
)
def test_standard_webhooks_secrets_are_keys_of_32_bytes(name: str, source: str) -> None:
    """The key is base64 after `whsec_`; the transactions system has one key."""
    (secret,) = development_secrets(name)[source]
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_the_transactions_secret_holds_nothing_else() -> None:
    """Each system's secret contains only the secrets of that system."""
    assert list(development_secrets("transactions-signing-secret-dev")) == ["transactions"]
