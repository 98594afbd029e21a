"""Sockets to AWS: TLS that is verified in full, against few certificates."""

from __future__ import annotations

import os
import socket
import ssl
from functools import cache
from time import monotonic

from hookline.functions.aws.amazon_roots import AMAZON_ROOTS
from hookline.functions.aws.deadline import seconds_until
from hookline.functions.aws.endpoint import Endpoint
from hookline.functions.aws.errors import AwsError

BUNDLE_VARIABLE = "AWS_CA_BUNDLE"
"""Environment variable that names a file of certificates to trust, as for every AWS SDK."""


def connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    """Connect to an endpoint.

    The roots that Amazon runs are tried first, since reading all that a system trusts takes longer than everything
    else in a start; where they do not suffice, as in China, those of the system are added.

    Args:
        endpoint: whom to connect to.
        seconds: longest wait for the connection, all addresses and the handshake together. Only finding the addresses
            cannot be bounded.

    Raises:
        OSError: when nobody answers.
        AwsError: ``CertificateRefused`` when whoever answers cannot prove to be the endpoint.
    """
    ends = monotonic() + seconds
    if not endpoint.secure:
        return _dial(endpoint, ends)
    bundle = os.environ.get(BUNDLE_VARIABLE, "")
    context = _context(bundle)
    try:
        return _secured(endpoint, ends, context)
    except ssl.SSLCertVerificationError:
        if bundle:
            raise AwsError("CertificateRefused") from None
    context.load_default_certs()
    try:
        return _secured(endpoint, ends, context)
    except ssl.SSLCertVerificationError:
        raise AwsError("CertificateRefused") from None


@cache
def _context(bundle: str) -> ssl.SSLContext:
    """Return the settings of TLS: version 1.2 or later, host names and certificates checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=bundle or None, cadata=None if bundle else AMAZON_ROOTS)
    return context


def _secured(endpoint: Endpoint, ends: float, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = _dial(endpoint, ends)
    try:
        plain.settimeout(seconds_until(ends))
        return context.wrap_socket(plain, server_hostname=endpoint.host.encode())
    except OSError:
        plain.close()
        raise


def _dial(endpoint: Endpoint, ends: float) -> socket.socket:
    """Connect to the first address that answers; one that does not leaves half of the time to the others."""
    failure = OSError()
    # As bytes, because text would load the codec of international names, which no endpoint has.
    host = endpoint.host.encode()
    for family, kind, protocol, _, address in socket.getaddrinfo(host, endpoint.port, type=socket.SOCK_STREAM):
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(seconds_until(ends) / 2)
            connected.connect(address)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connected.close()
            failure = error
        else:
            return connected
    raise failure
