"""The certificate authority of one run, and the certificate bundles with which a function trusts the stub."""

from __future__ import annotations

import datetime
import ipaddress
import warnings
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESS = "127.0.0.1"
AMAZON_ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)
"""Common names of the root certificates of all AWS endpoints (www.amazontrust.com)."""

_DAY = datetime.timedelta(days=1)


def make_certificates(folder: Path) -> None:
    """Write the certificate of a new authority (`authority.pem`), and the stub's certificate with its key (`stub.pem`).

    Args:
        folder: folder for the two files.
    """
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("hookline bench")
    authority = (
        _certificate(authority_name, authority_key.public_key(), authority_name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    stub = (
        _certificate(_name(ADDRESS), key.public_key(), authority_name)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    (folder / "authority.pem").write_bytes(_pem(authority))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "stub.pem").write_bytes(private + _pem(stub))


def write_bundles(folder: Path) -> None:
    """Write the bundles of root certificates for the functions: `amazon.pem` and `everybody.pem`.

    Both contain the run's authority. botocore loads all of certifi's roots. A function that calls only AWS needs only
    Amazon's roots.
    """
    authority = (folder / "authority.pem").read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about unusual serial numbers of other roots
        roots = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    amazon = [root for root in roots if _common_name(root) in AMAZON_ROOTS]
    if len(amazon) != len(AMAZON_ROOTS):
        raise ValueError(f"certifi has only {len(amazon)} of Amazon's {len(AMAZON_ROOTS)} roots: update AMAZON_ROOTS")
    (folder / "amazon.pem").write_bytes(b"".join(map(_pem, amazon)) + authority)
    (folder / "everybody.pem").write_bytes(Path(certifi.where()).read_bytes() + authority)


def _certificate(name: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _common_name(certificate: x509.Certificate) -> str:
    return "".join(str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
