"""The subset of X.509 that PayPal's webhook certificates need. Python's standard library cannot verify certificates.

This module uses only public data, and supports only RSA with SHA-256. To verify a signature, the module builds the only
valid padded message, and compares it with the message that the public key recovers from the signature (RFC 8017,
section 8.2.2). So the module never parses padding from an attacker. Certificates are parsed as strict DER (ITU-T
X.690).

A chain of certificates must end at a trusted certificate. The module checks only the rules of RFC 5280 that such a
chain needs. Issuer and subject must match, signatures and validity periods must be valid, and issuers need the right to
issue, with a sufficient path length. A certificate with a name constraint or an unknown critical extension is rejected.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from hookline.core.signatures.der import SEQUENCE, Node, children, integer, only, time, whole_bytes
from hookline.core.signatures.x509_extensions import Extensions, read_extensions

MAX_PEM_BYTES = 65_536
"""Maximum length in bytes of a PEM text with certificates."""

MAX_ISSUERS = 3
"""Maximum number of certificates between the first certificate and a trusted certificate."""

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b0500")
_RSA = bytes.fromhex("06092a864886f70d0101010500")
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_COMMON_NAME = bytes.fromhex("0603550403")
_EXTENSIONS = 0xA3


@dataclass(frozen=True)
class PublicKey:
    """An RSA public key."""

    modulus: int
    exponent: int

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether this key made the signature of a message (RSASSA-PKCS1-v1_5 with SHA-256)."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or size < 256 or self.exponent != 65537 or number >= self.modulus:
            return False
        info = _DIGEST_INFO + hashlib.sha256(message).digest()
        expected = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        return hmac.compare_digest(pow(number, self.exponent, self.modulus).to_bytes(size, "big"), expected)


@dataclass(frozen=True)
class Certificate:
    """The fields of a certificate that the verification needs.

    Attributes:
        signed: the bytes that the issuer signed, in DER.
        signature: the issuer's signature, empty when it is not RSA with SHA-256.
        issuer: the issuer's name, DER.
        subject: the subject's name, DER.
        names: the DNS names in the alternative names. If there are no alternative names, the subject's common name.
        not_before: start of the validity period.
        not_after: end of the validity period.
        key: the subject's key.
        extensions: the rights that the certificate gives to its key.
    """

    signed: bytes
    signature: bytes
    issuer: bytes
    subject: bytes
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key: PublicKey
    extensions: Extensions

    def is_valid_at(self, now: datetime) -> bool:
        """Return whether ``now`` is in the validity period of this certificate."""
        return self.not_before <= now <= self.not_after

    def is_issued_by(self, other: Certificate, depth: int) -> bool:
        """Return whether ``other`` is this certificate's issuer and signed it, within the path length of ``other``.

        Args:
            other: the possible issuer.
            depth: number of issuers between ``other`` and the first certificate of the chain.
        """
        longest = other.extensions.path_length
        named = self.issuer == other.subject and (longest is None or depth <= longest)
        return named and other.key.verifies(self.signature, self.signed)


def trusted_leaf(pem: bytes, trusted_pem: bytes, now: datetime) -> Certificate:
    """Return the first certificate of a PEM text if it has a valid chain to a trusted certificate.

    Args:
        pem: the certificate, followed by any issuing certificates.
        trusted_pem: the trusted certificates.
        now: the time at which all certificates of the chain must be valid.

    Raises:
        ValueError: when the certificate has no valid chain, or a certificate cannot be parsed.
    """
    trusted = [anchor for anchor in read_pem(trusted_pem) if anchor.is_valid_at(now)]
    certificates = read_pem(pem)
    if certificates:
        leaf = certificates[0]
        others = [other for other in certificates[1 : MAX_ISSUERS + 1] if other.is_valid_at(now)]
        if leaf.is_valid_at(now) and leaf.extensions.may_sign and _has_chain(leaf, others, trusted, 0):
            return leaf
    raise ValueError("the certificate has no valid chain to a trusted certificate")


def _has_chain(current: Certificate, others: list[Certificate], trusted: list[Certificate], depth: int) -> bool:
    """Return whether a chain of some of the ``others``, each used once, leads to a trusted certificate."""
    if any(current.is_issued_by(anchor, depth) for anchor in trusted):
        return True
    return any(
        other.extensions.may_issue
        and current.is_issued_by(other, depth)
        and _has_chain(other, [*others[:i], *others[i + 1 :]], trusted, depth + 1)
        for i, other in enumerate(others)
    )


def read_pem(pem: bytes) -> list[Certificate]:
    """Return the certificates of a PEM text, in the order of the text.

    Raises:
        ValueError: when the text is too long, or a certificate cannot be parsed.
    """
    if len(pem) > MAX_PEM_BYTES:
        raise ValueError("the PEM text is too long")
    return [read_certificate(binascii.a2b_base64(block)) for block in _PEM.findall(pem)]


def read_certificate(der: bytes) -> Certificate:
    """Parse an X.509 certificate in DER.

    Raises:
        ValueError: when the bytes are not a certificate of an RSA key.
    """
    signed, algorithm, signature = children(only(der, SEQUENCE), 3)
    fields = children(signed)[1 if signed.content[:1] == b"\xa0" else 0 :]
    if len(fields) < 6 or algorithm.whole != fields[1].whole:
        raise ValueError("not an X.509 certificate")
    _serial, _algorithm, issuer, validity, subject, key = fields[:6]
    not_before, not_after = children(validity, 2)
    found = [node for node in fields[6:] if node.tag == _EXTENSIONS]
    extensions = read_extensions(children(children(found[0], 1)[0]) if found else [])
    return Certificate(
        signed=signed.whole,
        signature=whole_bytes(signature) if algorithm.content == _SHA256_WITH_RSA else b"",
        issuer=issuer.whole,
        subject=subject.whole,
        names=(_common_name(subject),) if extensions.dns_names is None else extensions.dns_names,
        not_before=time(not_before),
        not_after=time(not_after),
        key=_key(key),
        extensions=extensions,
    )


def _key(info: Node) -> PublicKey:
    algorithm, bits = children(info, 2)
    if algorithm.content != _RSA:
        raise ValueError("the key of the certificate is not an RSA key")
    modulus, exponent = children(only(whole_bytes(bits), SEQUENCE), 2)
    return PublicKey(integer(modulus), integer(exponent))


def _common_name(name: Node) -> str:
    for relative in children(name):
        for attribute in children(relative):
            kind, value = children(attribute, 2)
            if kind.whole == _COMMON_NAME:
                return value.content.decode("utf-8")
    return ""
