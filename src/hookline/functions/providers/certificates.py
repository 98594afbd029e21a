"""Certificates that sign webhooks, fetched from addresses that the rules allow, and from nowhere else."""

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
"""How long a certificate serves before it is fetched anew; while its server is out of order it serves longer."""

REFUSED_SECONDS = 60
"""How long the news that there is no certificate serves."""

MAX_CACHED = 16
"""Most certificates, and most refused addresses, that are remembered."""

MAX_FETCHES = 30
"""Most addresses that are fetched in one minute: whoever makes up addresses costs no more than these."""

MINUTE_SECONDS = 60

MAX_BYTES = 65_536
"""Most bytes of an answer that are read."""

CERTIFICATE_MARK = b"-----END CERTIFICATE-----"
"""What every certificate in PEM ends with; an answer without it, such as a page of excuses, is none."""

TIMEOUT_SECONDS = 3
"""Longest wait for the connection, and for each read."""


@dataclass(frozen=True)
class FetchedAnswer:
    """What a server said.

    Attributes:
        status: HTTP status code; a redirect is an answer like any other.
        content: the body, cut off at ``MAX_BYTES``.
    """

    status: int
    content: bytes


def fetch(url: str) -> FetchedAnswer:
    """Fetch an https address: one request, no redirect followed.

    Raises:
        OSError, http.client.HTTPException: when there is no answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        content = response.read(MAX_BYTES)
        if response.length and len(content) < MAX_BYTES:  # the connection ended early, which a bounded read lets pass
            raise http.client.IncompleteRead(content, response.length)
        return FetchedAnswer(response.status, content)
    finally:
        connection.close()


class Certificates:
    """Certificates by address, cached; calling it returns the content of one."""

    def __init__(
        self, fetch: Callable[[str], FetchedAnswer] = fetch, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare; nothing is fetched before it is needed.

        Args:
            fetch: fetches an address.
            monotonic: a clock in seconds.
        """
        self._fetch = fetch
        self._monotonic = monotonic
        self._good: dict[str, tuple[float, bytes]] = {}
        self._refused: dict[str, float] = {}
        self._fetched: deque[float] = deque(maxlen=MAX_FETCHES)

    def __call__(self, url: str) -> bytes:
        """Return what is at an address that is on the allow-list.

        Raises:
            SignatureRefused: ``MISMATCH`` when the server says that there is no such certificate: whoever made up
                the address did not sign with it.
            Unavailable: when the server cannot be reached or is out of order and there is no certificate
                from before, or when too many addresses were fetched within a minute.
        """
        now = self._monotonic()
        known = self._good.pop(url, None)
        if known:
            self._good[url] = known  # the last one to be forgotten
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
    """Remember something as the newest, and forget the oldest if there are too many."""
    known.pop(url, None)
    if len(known) >= MAX_CACHED:
        del known[next(iter(known))]
    known[url] = value
