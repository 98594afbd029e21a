"""hookline's X.509 reader, tested with certificates from an independent library."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from support.providers.certificates import (
    AUTHORITY,
    END,
    START,
    WEBHOOK_NAME,
    Holder,
    authority,
    issue,
    key,
    webhook_certificate,
)
from support.records import changed

from hookline.core.providers import paypal_authorities
from hookline.core.signatures.der import Node, children, integer, only, time, whole_bytes
from hookline.core.signatures.x509 import (
    MAX_ISSUERS,
    MAX_PEM_BYTES,
    PublicKey,
    read_certificate,
    read_pem,
    trusted_leaf,
)
from hookline.core.signatures.x509_extensions import read_extensions

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def is_trusted(*holders: Holder, now: datetime = NOW, trusted: bytes | None = None) -> bool:
    """Return whether the authority of the tests trusts a chain."""
    try:
        pem = b"".join(holder.pem for holder in holders)
        leaf = trusted_leaf(pem, authority().pem if trusted is None else trusted, now)
    except ValueError:
        return False
    assert leaf == read_certificate(holders[0].der)
    return True


def intermediate(number: int, issuer: Holder, *extensions: tuple[x509.ExtensionType, bool]) -> Holder:
    """Issue an intermediate certificate, which may issue others by default."""
    return issue(f"Intermediate {number}", issuer, private_key=key(2 + number), extensions=extensions or AUTHORITY)


def test_a_certificate_is_read_as_its_maker_wrote_it() -> None:
    """Name, validity, key and the right to issue are as in the library."""
    read = read_certificate(webhook_certificate().der)
    numbers = webhook_certificate().key.public_key().public_numbers()
    assert read.key == PublicKey(numbers.n, numbers.e)
    assert (read.names, read.not_before, read.not_after) == ((WEBHOOK_NAME,), START, END)
    assert read.signed == webhook_certificate().certificate.tbs_certificate_bytes
    assert [read.extensions.may_issue, read_certificate(authority().der).extensions.may_issue] == [False, True]


def test_the_pinned_authorities_are_the_three_that_are_named() -> None:
    """Each can be read, may issue certificates, and belongs to DigiCert."""
    names = [certificate.names for certificate in read_pem(paypal_authorities.PEM.encode())]
    assert names == [
        ("DigiCert High Assurance EV Root CA",),
        ("DigiCert SHA2 Extended Validation Server CA",),
        ("DigiCert Global Root G2",),
    ]
    root, issuing, _ = read_pem(paypal_authorities.PEM.encode())
    assert issuing.is_issued_by(root, 1)
    assert not root.is_issued_by(issuing, 0)
    assert all(certificate.extensions.may_issue for certificate in read_pem(paypal_authorities.PEM.encode()))


def test_a_chain_leads_to_the_authority_directly_or_over_others() -> None:
    """Intermediates may have any order, but their number is limited."""
    assert is_trusted(webhook_certificate())
    chain = [authority()]
    for number in range(MAX_ISSUERS + 1):
        chain.append(intermediate(number, chain[-1]))
        leaf = issue(WEBHOOK_NAME, chain[-1])
        assert is_trusted(leaf, *chain[1:]) == is_trusted(leaf, *reversed(chain[1:])) == (number < MAX_ISSUERS)


def test_a_chain_that_is_broken_is_not_trusted() -> None:
    """This covers a missing link, another authority, an unknown root, and no certificate."""
    middle = intermediate(0, authority())
    stranger = issue("Authority of the tests", None, private_key=key(9), extensions=AUTHORITY)
    assert not is_trusted(issue(WEBHOOK_NAME, middle))
    assert not is_trusted(issue(WEBHOOK_NAME, stranger), stranger)
    assert not is_trusted(webhook_certificate(), trusted=b"")
    with pytest.raises(ValueError, match="no valid chain"):
        trusted_leaf(b"", authority().pem, NOW)


@pytest.mark.parametrize(
    "extensions",
    [
        ((x509.BasicConstraints(ca=False, path_length=None), True),),
        ((x509.SubjectAlternativeName([x509.DNSName("a.example")]), False),),
        (*AUTHORITY, (x509.NameConstraints([x509.DNSName("a.example")], None), False)),
        (*AUTHORITY, (x509.NameConstraints([x509.DNSName("a.example")], None), True)),
        (*AUTHORITY, (x509.PolicyConstraints(0, None), True)),
    ],
)
def test_who_may_not_issue_vouches_for_nobody(extensions: tuple[tuple[x509.ExtensionType, bool], ...]) -> None:
    """A certificate without the right to issue, or with an unknown constraint, is no valid link."""
    middle = intermediate(0, authority(), *extensions)
    assert not is_trusted(issue(WEBHOOK_NAME, middle), middle)


USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")


def usage(*allowed: str) -> tuple[x509.ExtensionType, bool]:
    """Return a critical key usage with these rights."""
    names = (*USAGES, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in allowed for name in names}), True


def test_conditions_that_are_understood_do_no_harm() -> None:
    """PayPal's real certificates have all these extensions."""
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    middle = intermediate(0, authority(), *AUTHORITY, usage("key_cert_sign", "crl_sign"), (purposes, False))
    names = x509.SubjectAlternativeName([x509.RFC822Name("a@a.example"), x509.DNSName(WEBHOOK_NAME)])
    rights = (usage("digital_signature", "key_encipherment"), (purposes, True), (names, False))
    leaf = issue(WEBHOOK_NAME, middle, extensions=(*rights, (x509.BasicConstraints(ca=False, path_length=None), True)))
    assert is_trusted(leaf, middle)
    assert read_certificate(leaf.der).names == (WEBHOOK_NAME,)


@pytest.mark.parametrize(
    "extension",
    [
        usage("key_cert_sign"),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
        (x509.PolicyConstraints(0, None), True),
        (x509.NameConstraints([x509.DNSName("a.example")], None), False),
    ],
    ids=["no signatures", "code only", "unknown and critical", "name constraints"],
)
def test_a_certificate_for_another_purpose_signs_no_webhook(extension: tuple[x509.ExtensionType, bool]) -> None:
    """The key usage, the extended key usage and every critical extension must allow the signature."""
    assert not is_trusted(issue(WEBHOOK_NAME, authority(), extensions=(extension,)))


@pytest.mark.parametrize(
    "extension",
    [usage("digital_signature", "crl_sign"), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)],
    ids=["no certificates", "e-mail only"],
)
def test_an_authority_for_another_purpose_vouches_for_nobody(extension: tuple[x509.ExtensionType, bool]) -> None:
    """An issuer needs the right to sign certificates, for TLS."""
    middle = intermediate(0, authority(), *AUTHORITY, extension)
    assert not is_trusted(issue(WEBHOOK_NAME, middle), middle)


@pytest.mark.parametrize(("length", "trusted"), [(0, False), (1, True), (None, True)])
def test_an_authority_vouches_for_no_more_levels_than_it_may(length: int | None, trusted: bool) -> None:
    """The path length limits the issuers below an authority, whether it is in the chain or trusted."""
    limited = ((x509.BasicConstraints(ca=True, path_length=length), True),)
    upper = intermediate(0, authority(), *limited)
    lower = intermediate(1, upper)
    leaf = issue(WEBHOOK_NAME, lower)
    assert is_trusted(leaf, lower, upper) is trusted
    assert is_trusted(leaf, lower, trusted=upper.pem) is trusted
    assert is_trusted(issue(WEBHOOK_NAME, upper), upper)


def test_of_two_issuers_with_one_name_either_may_lead_to_the_authority() -> None:
    """A certificate can be issued again with the same name and key. An expired or useless one does not block."""
    middle = intermediate(0, authority())
    stranger = issue("A stranger", None, private_key=key(9), extensions=AUTHORITY)
    crossed = issue("Intermediate 0", stranger, private_key=key(2), extensions=AUTHORITY)
    leaf = issue(WEBHOOK_NAME, middle)
    assert is_trusted(leaf, crossed, middle)
    assert is_trusted(leaf, middle, crossed)


def test_alternative_names_take_the_place_of_the_common_name() -> None:
    """The common name does not count if there are alternative names (RFC 6125, section 6.4.4)."""
    names = x509.SubjectAlternativeName([x509.DNSName("shop.example")])
    assert read_certificate(issue(WEBHOOK_NAME, authority(), extensions=((names, False),)).der).names == (
        "shop.example",
    )


def test_extensions_that_are_no_extensions_are_not_read() -> None:
    """The same extension twice is an error. An empty key usage gives no right."""
    oid, octets = bytes.fromhex("0603551d0f"), bytes.fromhex("040403020106")
    [extension] = children(only(b"\x30\x0d\x30\x0b" + oid + octets, 0x30))
    assert read_extensions([extension]).may_sign is False
    with pytest.raises(ValueError, match="twice"):
        read_extensions([extension, extension])
    empty = only(b"\x30\x0a" + oid + bytes.fromhex("0403030100"), 0x30)
    assert read_extensions([empty]).may_sign is False


def test_every_certificate_of_a_chain_must_be_valid_now() -> None:
    """This holds for leaf, intermediate and authority; the first and the last second are included."""
    second = timedelta(seconds=1)
    for now, valid in ((START, True), (START - second, False), (END, True), (END + second, False)):
        assert is_trusted(webhook_certificate(), now=now) == valid
    past = {"start": START, "end": START + second}
    middle = issue("Middle", authority(), private_key=key(2), extensions=AUTHORITY, **past)
    assert not is_trusted(issue(WEBHOOK_NAME, middle), middle)
    expired = issue("Expired", None, private_key=key(2), extensions=AUTHORITY, **past)
    assert not is_trusted(issue(WEBHOOK_NAME, expired), trusted=expired.pem)
    assert not is_trusted(issue(WEBHOOK_NAME, authority(), **past), webhook_certificate())


def test_an_expired_first_certificate_is_not_passed_over() -> None:
    """The first certificate signs; a valid second one does not replace it."""
    expired = issue(WEBHOOK_NAME, authority(), start=START, end=START + timedelta(days=1))
    with pytest.raises(ValueError, match="no valid chain"):
        trusted_leaf(expired.pem + webhook_certificate().pem, authority().pem, NOW)


def test_only_rsa_with_sha_256_counts() -> None:
    """A certificate with a SHA-512 signature is not trusted, and a key that is not RSA cannot be read."""
    assert not is_trusted(issue(WEBHOOK_NAME, authority(), algorithm=hashes.SHA512()))
    elliptic = ec.generate_private_key(ec.SECP256R1())
    subject = authority().certificate.subject
    builder = x509.CertificateBuilder(subject, subject, elliptic.public_key(), 1, START, END)
    with pytest.raises(ValueError, match="RSA"):
        read_certificate(builder.sign(authority().key, hashes.SHA256()).public_bytes(Encoding.DER))


def test_a_certificate_without_a_common_name_has_an_empty_one() -> None:
    """The empty name matches no expected name."""
    assert read_certificate(issue(None, authority()).der).names == ("",)


@given(place=st.integers(0, 10_000), bits=st.integers(1, 255))
def test_no_byte_of_a_certificate_can_be_changed(place: int, bits: int) -> None:
    """A certificate with a changed byte is not trusted; the only possible exception is ValueError."""
    der = bytearray(webhook_certificate().der)
    der[place % len(der)] ^= bits
    try:
        changed = read_certificate(bytes(der))
    except ValueError:
        return
    assert not changed.is_issued_by(read_certificate(authority().der), 0)


@pytest.mark.parametrize("back", [2, 1, 0])
def test_the_algorithm_outside_the_signed_part_must_be_the_one_inside(back: int) -> None:
    """The outer algorithm is not signed, so it must be identical to the inner one."""
    der = bytearray(webhook_certificate().der)
    der[der.rindex(bytes.fromhex("06092a864886f70d01010b")) - back] ^= 1
    with pytest.raises(ValueError, match=r"."):
        read_certificate(bytes(der))


@given(content=st.binary(max_size=80))
def test_bytes_that_are_no_certificate_are_not_read(content: bytes) -> None:
    """Any other bytes raise ValueError."""
    with pytest.raises(ValueError, match=r"."):
        read_certificate(content)


@pytest.mark.parametrize("cut", [1, 2, 5, 100, 500])
def test_a_certificate_that_is_cut_off_or_followed_by_more_is_not_read(cut: int) -> None:
    """A certificate must be exactly one complete DER element."""
    der = webhook_certificate().der
    for content in (der[:-cut], der + b"\0" * cut):
        with pytest.raises(ValueError, match=r"."):
            read_certificate(content)


def test_a_pem_text_may_not_be_long() -> None:
    """The length of PayPal's answer is limited before parsing."""
    assert read_pem(b" " * MAX_PEM_BYTES) == []
    with pytest.raises(ValueError, match="too long"):
        read_pem(b" " * (MAX_PEM_BYTES + 1))


@given(message=st.binary(max_size=100), place=st.integers(0, 255), bits=st.integers(1, 255))
def test_a_signature_is_of_one_key_over_one_message(message: bytes, place: int, bits: int) -> None:
    """A signature of the library verifies. With another message, another key or a changed byte, it fails."""
    own, other = read_certificate(webhook_certificate().der).key, read_certificate(authority().der).key
    signature = webhook_certificate().sign(message)
    assert own.verifies(signature, message)
    assert not own.verifies(signature, message + b"x")
    assert not other.verifies(signature, message)
    changed = bytearray(signature)
    changed[place] ^= bits
    assert not own.verifies(bytes(changed), message)


def test_a_signature_has_one_form_only() -> None:
    """Other lengths, a number above the modulus, other paddings and other digests are rejected."""
    holder = webhook_certificate()
    own = read_certificate(holder.der).key
    signature = holder.sign(b"x")
    number = int.from_bytes(signature, "big")
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    for other in (
        b"",
        signature[:-1],
        b"\0" + signature,
        (number + own.modulus).to_bytes(257, "big"),
        b"\xff" * 256,
        holder.key.sign(b"x", salted, hashes.SHA256()),
        holder.key.sign(b"x", padding.PKCS1v15(), hashes.SHA512()),
    ):
        assert not own.verifies(other, b"x")


def test_a_weak_key_verifies_nothing() -> None:
    """Keys below 2048 bits and exponents other than 65537 are rejected."""
    short = key(0, 1024)
    numbers = short.public_key().public_numbers()
    signature = short.sign(b"x", padding.PKCS1v15(), hashes.SHA256())
    assert not PublicKey(numbers.n, numbers.e).verifies(signature, b"x")
    own = read_certificate(webhook_certificate().der).key
    assert not changed(own, exponent=1).verifies(webhook_certificate().sign(b"x"), b"x")


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x81\x05hello",
        b"\x30\x82\x00\x80" + b"x" * 128,
        b"\x30\x84\0\0\0\1x",
        b"\x30\x02a",
    ],
    ids=repr,
)
def test_lengths_are_definite_short_and_true(der: bytes) -> None:
    """Indefinite lengths, unnecessarily long lengths, and lengths beyond the end are errors."""
    with pytest.raises(ValueError, match=r"."):
        only(der, 0x30)


def test_elements_of_another_kind_are_not_read() -> None:
    """An element of an unexpected type is an error."""
    null = Node(0x05, b"", b"\x05\0")
    for read in (integer, whole_bytes, time):
        with pytest.raises(ValueError, match=r"."):
            read(null)
    with pytest.raises(ValueError, match=r"."):
        whole_bytes(Node(0x03, b"\x01x", b""))
    with pytest.raises(ValueError, match=r"."):
        only(b"\x05\0", 0x30)
    with pytest.raises(ValueError, match="number"):
        children(Node(0x30, b"\x05\0\x05\0", b""), 1)
    assert children(Node(0x30, b"\x05\0\x05\0", b""), 2) == [null, null]


@pytest.mark.parametrize(
    ("text", "year"), [(b"491231235959Z", 2049), (b"500101000000Z", 1950), (b"20500101000000Z", 2050)]
)
def test_a_year_has_two_digits_or_four(text: bytes, year: int) -> None:
    """Two-digit years are between 1950 and 2049 (RFC 5280)."""
    assert time(Node(0x17, text, b"")).year == year


def test_certificates_are_read_by_nobody_but_paypal() -> None:
    """No provider module imports the certificate code at its start, not even PayPal's."""
    program = (
        "import sys; from hookline.core import PROVIDER_NAMES; from hookline.core.providers.registry import provider;"
        "[provider(n) for n in PROVIDER_NAMES];"
        "assert not {'hookline.core.signatures.x509', 'hookline.core.providers.paypal_authorities'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
