"""A cache that fetches the certificates for PayPal's signatures. The caller checks the URL against an allow-list."""

from __future__ import annotations

import http.client
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.functions.unavailable import Unavailable

_Value = TypeVar("_Value")

CACHE_SECONDS = 3600
"""Lifetime of a cached certificate in seconds. If the server is then unavailable, the cached one stays in use."""

REFUSED_SECONDS = 60
"""Time in seconds during which the cache remembers that there is no certificate at a URL."""

MAX_CACHED = 16
"""Maximum number of cached certificates. The maximum number of remembered URLs without a certificate is the same."""

MAX_FETCHES = 30
"""Maximum number of certificate fetches per minute. This limits the cost of webhooks with invented URLs."""

MINUTE_SECONDS = 60

MAX_BYTES = 65_536
"""Maximum number of bytes that are read from the answer of a certificate server."""

CERTIFICATE_MARK = b"-----END CERTIFICATE-----"
"""The last line of a certificate in PEM. An answer without this line, such as an error page, is not a certificate."""

TIMEOUT_SECONDS = 3
"""Timeout in seconds for the connection to a certificate server, and for each read."""


@dataclass(frozen=True)
class FetchedAnswer:
    """The answer of a certificate server.

    Attributes:
        status: HTTP status code, which can be a redirect.
        content: the body, cut to ``MAX_BYTES``.
    """

    status: int
    content: bytes


def fetch(url: str) -> FetchedAnswer:
    """Fetch an https URL with one request, without following redirects.

    Raises:
        OSError, http.client.HTTPException: when there is no complete answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        content = response.read(MAX_BYTES)
        if response.length and len(content) < MAX_BYTES:  # if the connection ends early, ``read(n)`` does not raise
            raise http.client.IncompleteRead(content, response.length)
        return FetchedAnswer(response.status, content)
    finally:
        connection.close()


class Certificates:
    """A cache of certificates by URL. Call the object with a URL to get the certificate."""

    def __init__(
        self, fetch: Callable[[str], FetchedAnswer] = fetch, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Create an empty cache.

        Args:
            fetch: fetches a URL.
            monotonic: returns the monotonic time in seconds.
        """
        self._fetch = fetch
        self._monotonic = monotonic
        self._good: dict[str, tuple[float, bytes]] = {}
        self._refused: dict[str, float] = {}
        self._fetched: deque[float] = deque(maxlen=MAX_FETCHES)

    def __call__(self, url: str) -> bytes:
        """Return the certificate at a URL, from the cache if possible.

        Raises:
            SignatureRefused: ``MISMATCH`` when the server has no certificate at the URL, because then the sender has
                invented the URL.
            Unavailable: when the certificate is not in the cache, and the server is unavailable or ``MAX_FETCHES`` is
                reached.
        """
        now = self._monotonic()
        known = self._good.pop(url, None)
        if known:
            self._good[url] = known  # moves the URL to the end, so it is removed last
            if now - known[0] < CACHE_SECONDS:
                return known[1]
        elif now - self._refused.get(url, -math.inf) < REFUSED_SECONDS:
            raise SignatureRefused(Refusal.MISMATCH)
        try:
            answer = self._answer(url, now)
        except Unavailable:
            if known:
                return known[1]
            raise
        return self._learn(url, now, answer)

    def _answer(self, url: str, now: float) -> FetchedAnswer:
        if len(self._fetched) == MAX_FETCHES and now - self._fetched[0] < MINUTE_SECONDS:
            raise Unavailable("TooManyFetches")
        self._fetched.append(now)
        try:
            answer = self._fetch(url)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(type(error).__name__) from None
        if answer.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == http.HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable(f"HTTP{answer.status}")
        if answer.status == http.HTTPStatus.OK and CERTIFICATE_MARK not in answer.content:
            raise Unavailable("NoCertificate")
        return answer

    def _learn(self, url: str, now: float, answer: FetchedAnswer) -> bytes:
        self._good.pop(url, None)
        if answer.status != http.HTTPStatus.OK:
            _remember(self._refused, url, now)
            raise SignatureRefused(Refusal.MISMATCH)
        _remember(self._good, url, (now, answer.content))
        return answer.content


def _remember(known: dict[str, _Value], url: str, value: _Value) -> None:
    """Add a value to ``known`` as the newest entry. If ``known`` is full (``MAX_CACHED``), remove the oldest entry."""
    known.pop(url, None)
    if len(known) >= MAX_CACHED:
        del known[next(iter(known))]
    known[url] = value
