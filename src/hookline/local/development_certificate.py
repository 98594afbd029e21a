"""A certificate with which webhooks can be signed as PayPal signs them, for the embedded cloud alone.

Neither the Pulumi program nor a setting can name it: it reaches the functions through the environment of the emulator's
process, and nothing else trusts it (docs/decisions/0014-a-development-certificate-for-paypal.md).
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from hookline.core.providers.paypal import COMMON_NAMES

VARIABLE = "HOOKLINE_DEVELOPMENT_CERTIFICATE"
"""Environment variable in which ingestion finds the certificate (`hookline.functions.providers.certificates`)."""

BITS = 2048
EXPONENT = 65_537
_ROUNDS = 8
_SMALL_PRIMES = math.prod(n for n in range(3, 1000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_COMMON_NAME = bytes.fromhex("0603550403")
_SEQUENCE, _SET, _INTEGER, _BIT_STRING, _UTF8, _TIME = 0x30, 0x31, 0x02, 0x03, 0x0C, 0x18


@dataclass(frozen=True)
class DevelopmentCertificate:
    """A self-signed certificate and its RSA key.

    Attributes:
        pem: the certificate as PEM.
        modulus: of the key.
        private_exponent: of the key.
    """

    pem: str
    modulus: int
    private_exponent: int

    def sign(self, message: bytes) -> bytes:
        """Signs with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 8017, section 8.2.1)."""
        return _sign(message, self.modulus, self.private_exponent)


def load_or_make(file: Path) -> DevelopmentCertificate:
    """The certificate that is kept in a file, or a new one, which is kept there for its owner's eyes only.

    Raises:
        OSError: if the file can be neither read nor written.
    """
    found = load(file)
    if found is None:
        found = make()
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(found)))
    return found


def load(file: Path) -> DevelopmentCertificate | None:
    """The certificate that is kept in a file; None if there is none."""
    try:
        return DevelopmentCertificate(**json.loads(file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def make() -> DevelopmentCertificate:
    """A new certificate with PayPal's name for its test environment; takes most of a second."""
    first, second = _prime(BITS // 2), _prime(BITS // 2)
    modulus, private = first * second, pow(EXPONENT, -1, math.lcm(first - 1, second - 1))
    name = _der(_SEQUENCE, _der(_SET, _der(_SEQUENCE, _COMMON_NAME, _der(_UTF8, COMMON_NAMES[-1].encode()))))
    validity = _der(_SEQUENCE, _der(_TIME, b"20260101000000Z"), _der(_TIME, b"20760101000000Z"))
    public = _der(_SEQUENCE, _integer(modulus), _integer(EXPONENT))
    key = _der(_SEQUENCE, _RSA, _der(_BIT_STRING, b"\0", public))
    serial = _integer(secrets.randbits(64))
    version = b"\xa0\x03\x02\x01\x02"  # X.509 v3
    content = _der(_SEQUENCE, version, serial, _SHA256_WITH_RSA, name, validity, name, key)
    signature = _der(_BIT_STRING, b"\0", _sign(content, modulus, private))
    text = base64.encodebytes(_der(_SEQUENCE, content, _SHA256_WITH_RSA, signature)).decode()
    return DevelopmentCertificate(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n", modulus, private)


def _sign(message: bytes, modulus: int, private_exponent: int) -> bytes:
    info = _DIGEST_INFO + hashlib.sha256(message).digest()
    padded = b"\0\1" + b"\xff" * (BITS // 8 - len(info) - 3) + b"\0" + info
    return pow(int.from_bytes(padded, "big"), private_exponent, modulus).to_bytes(BITS // 8, "big")


def _prime(bits: int) -> int:
    """A random prime whose two highest bits are set, so that the product of two has exactly twice as many bits."""
    while True:
        candidate = secrets.randbits(bits) | (3 << (bits - 2)) | 1
        fits = math.gcd(candidate, _SMALL_PRIMES) == 1 and (candidate - 1) % EXPONENT != 0
        if fits and all(_passes(candidate) for _ in range(_ROUNDS)):
            return candidate


def _passes(candidate: int) -> bool:
    """One round of the Miller-Rabin test (FIPS 186-5, appendix B.3.1)."""
    twos = ((candidate - 1) & (1 - candidate)).bit_length() - 1
    power = pow(2 + secrets.randbelow(candidate - 3), (candidate - 1) >> twos, candidate)
    if power in {1, candidate - 1}:
        return True
    for _ in range(twos - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, *parts: bytes) -> bytes:
    """One element of DER (ITU-T X.690, section 8.1)."""
    content = b"".join(parts)
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 128 else bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + content
