"""The extensions of X.509 certificates that matter for PayPal's certificates (RFC 5280, section 4.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from hookline.core.signatures.der import BIT_STRING, SEQUENCE, Node, children, integer, only

_BASIC_CONSTRAINTS = bytes.fromhex("0603551d13")
_KEY_USAGE = bytes.fromhex("0603551d0f")
_EXTENDED_KEY_USAGE = bytes.fromhex("0603551d25")
_ALTERNATIVE_NAMES = bytes.fromhex("0603551d11")
_NAME_CONSTRAINTS = bytes.fromhex("0603551d1e")

_TLS_OR_ANY_PURPOSE = frozenset(map(bytes.fromhex, ("06082b06010505070301", "06082b06010505070302", "0604551d2500")))
"""The extended key usages of a TLS server, of a TLS client, and of any purpose. PayPal's certificates are for TLS."""

_DIGITAL_SIGNATURE, _SIGN_CERTIFICATES = 0x80, 0x04
_DNS_NAME = 0x82
_TRUE = b"\x01\x01\xff"


@dataclass(frozen=True)
class Extensions:
    """The rights and names that the extensions of a certificate give to its key.

    Attributes:
        may_sign: whether the key may sign messages.
        may_issue: whether the key may sign other certificates.
        path_length: maximum number of issuers between this certificate and the first one, or None for no maximum.
        dns_names: the DNS names in the alternative names, or None if the certificate has no alternative names.
    """

    may_sign: bool = True
    may_issue: bool = False
    path_length: int | None = None
    dns_names: tuple[str, ...] | None = None


def read_extensions(extensions: list[Node]) -> Extensions:
    """Parse the extensions of a certificate.

    A certificate with a name constraint or an unknown critical extension has no rights.

    Raises:
        ValueError: when an extension cannot be parsed, or a certificate has the same extension twice.
    """
    values: dict[bytes, Node] = {}
    supported = True
    for extension in extensions:
        oid, *critical, value = children(extension)
        if oid.whole in values:
            raise ValueError("a certificate has the same extension twice")
        values[oid.whole] = value
        known = oid.whole in (_BASIC_CONSTRAINTS, _KEY_USAGE, _EXTENDED_KEY_USAGE, _ALTERNATIVE_NAMES)
        supported = supported and (
            known or (oid.whole != _NAME_CONSTRAINTS and _TRUE not in [c.whole for c in critical])
        )
    usage, purpose = _usage(values.get(_KEY_USAGE)), _has_purpose(values.get(_EXTENDED_KEY_USAGE))
    is_authority, path_length = _constraints(values.get(_BASIC_CONSTRAINTS))
    return Extensions(
        may_sign=supported and purpose and bool(usage & _DIGITAL_SIGNATURE),
        may_issue=supported and purpose and is_authority and bool(usage & _SIGN_CERTIFICATES),
        path_length=path_length,
        dns_names=_dns_names(values.get(_ALTERNATIVE_NAMES)),
    )


def _usage(value: Node | None) -> int:
    """Return the first byte of the key usage. Without this extension, the key may be used for everything."""
    if value is None:
        return 0xFF
    bits = only(value.content, BIT_STRING).content
    return bits[1] if len(bits) > 1 else 0


def _has_purpose(value: Node | None) -> bool:
    if value is None:
        return True
    return any(purpose.whole in _TLS_OR_ANY_PURPOSE for purpose in children(only(value.content, SEQUENCE)))


def _constraints(value: Node | None) -> tuple[bool, int | None]:
    if value is None:
        return False, None
    constraints = children(only(value.content, SEQUENCE))
    if not constraints or constraints[0].whole != _TRUE:
        return False, None
    return True, integer(constraints[1]) if len(constraints) > 1 else None


def _dns_names(value: Node | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = children(only(value.content, SEQUENCE))
    return tuple(name.content.decode("ascii") for name in names if name.tag == _DNS_NAME)
