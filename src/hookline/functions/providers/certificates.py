"""The certificates for PayPal's signatures, from memory, from the table or from PayPal.

PayPal names the URL of its certificate in a header, so anybody can make hookline fetch a certificate from PayPal. The
number of fetches per minute is limited. A certificate that has verified a delivery is *kept*: in memory, where only
other kept certificates can replace it, and in the table, where new execution environments find it. Kept certificates
have their own limit. So requests with invented URLs cannot stop deliveries with a kept certificate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.functions.unavailable import Unavailable

_Value = TypeVar("_Value")

FRESH_SECONDS = 3600
"""Time in seconds for which a certificate is used without fetching it again.

If the next fetch fails, a kept certificate stays in use. Its validity period is checked with each signature.
"""

REFUSED_SECONDS = 60
"""Time in seconds for which hookline remembers that there is no certificate at a URL."""

MAX_CACHED = 16
"""Maximum number of kept certificates in memory, of other certificates, and of URLs without a certificate."""

MAX_FETCHES = 25
"""Maximum number of fetches per minute for URLs whose certificate is not kept. Anybody can invent such URLs."""

RESERVED_FETCHES = 5
"""Maximum number of fetches per minute to renew kept certificates."""

MINUTE_SECONDS = 60

WITHDRAWN = b""
"""The content of a kept certificate in the table after PayPal has withdrawn the certificate."""


@dataclass(frozen=True)
class Dated:
    """A certificate and the time at which it was fetched.

    Attributes:
        fetched_at: time in Unix seconds.
        pem: the certificate as PEM text.
    """

    fetched_at: int
    pem: bytes


class KeptCertificates(Protocol):
    """The table with kept certificates. Both methods are best effort, and raise nothing."""

    def load(self, url: str) -> Dated | None:
        """Return the kept certificate of a URL, or None."""
        ...

    def save(self, url: str, certificate: Dated) -> None:
        """Write a kept certificate to the table."""
        ...


class Certificates:
    """The source of PayPal's certificates in one execution environment."""

    def __init__(self, table: KeptCertificates, fetch: Callable[[str], bytes | None], now: Callable[[], float]) -> None:
        """Create a source without certificates.

        Args:
            table: the table with kept certificates.
            fetch: fetches a URL. It returns None if there is no certificate, and raises ``Unavailable``.
            now: returns the time in Unix seconds.
        """
        self._table = table
        self._fetch = fetch
        self._now = now
        self._kept: dict[str, Dated] = {}
        self._other: dict[str, Dated] = {}
        self._refused: dict[str, float] = {}
        self._fetched: deque[float] = deque(maxlen=MAX_FETCHES)
        self._renewed: deque[float] = deque(maxlen=RESERVED_FETCHES)

    def find(self, url: str) -> bytes:
        """Return the certificate at a URL, without fetching it if possible.

        Raises:
            SignatureRefused: ``MISMATCH`` when PayPal has no certificate at the URL, because then the sender has
                invented the URL. ``TOO_MANY_CERTIFICATES`` when ``MAX_FETCHES`` is reached. ``NO_CERTIFICATE`` when
                PayPal's server is unavailable, and the certificate is not kept. Anybody can cause the last two, so the
                answer must not be a 5xx. PayPal retries after any answer except 2xx.
        """
        if self._now() - self._refused.get(url, 0) < REFUSED_SECONDS:
            raise SignatureRefused(Refusal.MISMATCH)
        kept = self._find_kept(url)
        newest = self._other.get(url) or kept
        if newest and self._now() - newest.fetched_at < FRESH_SECONDS:
            return newest.pem
        if kept is None:
            return self._fetch_new(url)
        try:
            _count(self._renewed, self._now())
            return self._renew(url)
        except Unavailable:
            return kept.pem
        except SignatureRefused as refused:
            if refused.reason == Refusal.TOO_MANY_CERTIFICATES:
                return kept.pem
            raise

    def kept(self, url: str) -> bytes | None:
        """Return the kept certificate of a URL, if ``find`` returned a newer one that has not verified a delivery yet.

        So a renewed certificate that verifies nothing does not hide the kept one.
        """
        newer, kept = self._other.get(url), self._kept.get(url)
        return kept.pem if newer and kept and kept.pem != newer.pem else None

    def keep(self, url: str, pem: bytes) -> None:
        """Keep a certificate that has verified the signature of a delivery."""
        fetched = self._other.get(url)
        if fetched and fetched.pem == pem:
            del self._other[url]
            _remember(self._kept, url, fetched)
            self._table.save(url, fetched)

    def _find_kept(self, url: str) -> Dated | None:
        kept = self._kept.pop(url, None) or self._table.load(url)
        if kept is None or kept.pem == WITHDRAWN:
            return None
        _remember(self._kept, url, kept)  # moves the URL to the end, so it is removed last
        return kept

    def _fetch_new(self, url: str) -> bytes:
        _count(self._fetched, self._now())
        try:
            return self._renew(url)
        except Unavailable:
            raise SignatureRefused(Refusal.NO_CERTIFICATE) from None

    def _renew(self, url: str) -> bytes:
        now = self._now()
        pem = self._fetch(url)
        if pem is None:
            if self._kept.pop(url, None):
                self._table.save(url, Dated(int(now), WITHDRAWN))
            _remember(self._refused, url, now)
            raise SignatureRefused(Refusal.MISMATCH)
        _remember(self._other, url, Dated(int(now), pem))
        return pem


def _count(fetches: deque[float], now: float) -> None:
    """Count a fetch, or raise ``SignatureRefused`` if the limit of the last minute is reached."""
    if len(fetches) == fetches.maxlen and now - fetches[0] < MINUTE_SECONDS:
        raise SignatureRefused(Refusal.TOO_MANY_CERTIFICATES)
    fetches.append(now)


def _remember(known: dict[str, _Value], url: str, value: _Value) -> None:
    """Add a value to ``known`` as the newest entry. If ``known`` is full (``MAX_CACHED``), remove the oldest entry."""
    known.pop(url, None)
    if len(known) >= MAX_CACHED:
        del known[next(iter(known))]
    known[url] = value
