"""TLS connections to AWS, with full verification of the server's certificate and host name."""

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
"""Environment variable with the file path of the trusted certificates. All AWS SDKs use the same variable."""


def connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    """Connect to an endpoint of AWS, with TLS unless the endpoint is ``http://``.

    The first attempt trusts only Amazon's root certificates, because reading the system's root certificates takes
    longer than the rest of a cold start. If the verification fails, for example in AWS regions in China, a second
    attempt also trusts the system's root certificates. If ``AWS_CA_BUNDLE`` is set, there is only one attempt, which
    trusts the certificates in that file.

    Args:
        endpoint: the endpoint to connect to.
        seconds: timeout for the attempts with all IP addresses and the TLS handshakes together. The DNS lookup has no
            timeout.

    Raises:
        OSError: when the connection fails.
        AwsError: ``CertificateRefused`` when the certificate of the server is not trusted.
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
    """Return a TLS context that requires version 1.2 or later and verifies certificates and host names."""
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
    """Connect to the first IP address of the endpoint that answers. Each attempt may use half of the remaining time."""
    failure = OSError()
    # The host is bytes, because for a string, Python would import the codec for international host names.
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
