"""The development certificate, which replaces PayPal's certificate on this machine."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from hookline.core.providers import paypal_authorities
from hookline.core.providers.paypal import CERTIFICATE_NAMES
from hookline.core.signatures.x509 import trusted_leaf
from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE
from hookline.local.development_certificate import VARIABLE, load, load_or_make, make
from hookline.local.process.emulator import environment

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_certificate_verifies_what_its_key_signs() -> None:
    """It is self-signed, has 2048 bits and has the name of PayPal's sandbox certificate."""
    made = make()
    found = x509.load_pem_x509_certificate(made.pem.encode())
    found.verify_directly_issued_by(found)
    assert found.subject.rfc4514_string() == f"CN={CERTIFICATE_NAMES['sandbox']}"
    key = found.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 2048
    key.verify(made.sign(b"message"), b"message", padding.PKCS1v15(), hashes.SHA256())


def test_it_is_trusted_by_itself_and_by_nothing_else() -> None:
    """The pinned certificate authorities did not issue it."""
    pem = make().pem.encode()
    assert trusted_leaf(pem, pem, NOW).names == (CERTIFICATE_NAMES["sandbox"],)
    with pytest.raises(ValueError, match="no valid chain"):
        trusted_leaf(pem, paypal_authorities.PEM.encode(), NOW)
    with pytest.raises(ValueError, match="no valid chain"):
        trusted_leaf(pem, make().pem.encode(), NOW)


def test_it_is_made_once_and_kept_for_its_owners_eyes(tmp_path: Path) -> None:
    """A second start loads the same certificate; an unreadable file is replaced."""
    file = tmp_path / "paypal.json"
    assert load(file) is None
    made = load_or_make(file)
    assert load_or_make(file) == load(file) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text('{"pem": 1}')
    assert load(file) is None
    assert load_or_make(file) != made


def test_the_functions_find_it_in_the_emulators_environment(tmp_path: Path) -> None:
    """The environment variable has the name that ingestion reads."""
    assert environment(1, "key", "secret", tmp_path, "PEM")[VARIABLE] == "PEM"
    assert VARIABLE == DEVELOPMENT_VARIABLE
