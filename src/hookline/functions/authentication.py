"""Verification of request signatures with live secrets, which an operator can change at any time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from hookline.core.signatures.refusal import Refusal, SignatureRefused

Verdict = TypeVar("Verdict")


class Secrets(Protocol):
    """A source of live signing secrets, such as ``SigningSecrets``."""

    def live(self) -> Iterable[str]:
        """Return the live secrets, or raise ``Unavailable`` if they cannot be read."""
        ...

    def refresh(self) -> bool:
        """Read the secrets again. Return False if the read fails, or if the last read was only seconds ago."""
        ...


def authenticate(judge: Callable[[Iterable[str]], Verdict], secrets: Secrets) -> Verdict:
    """Call ``judge`` to verify the signature of a request, and return the result of ``judge``.

    If no cached secret matches, the sender possibly signs with a newer secret. Then ``authenticate`` reads the secrets
    again, and calls ``judge`` a second time.

    Args:
        judge: verifies the signature with the live secrets. Each call may iterate over the secrets only once.
        secrets: the source of live secrets.

    Raises:
        SignatureRefused: when the signature is rejected.
        Unavailable: when the secrets cannot be read.
    """
    try:
        return judge(_live(secrets))
    except SignatureRefused as refused:
        may_be_rotated = refused.reason in (Refusal.MISMATCH, Refusal.NO_SECRET)
        if not (may_be_rotated and secrets.refresh()):
            raise
        return judge(_live(secrets))


def single_values(headers: Mapping[str, Sequence[str]], signed: Collection[str]) -> dict[str, str]:
    """Return the value of each header. A header with several different values is left out, because it is ambiguous.

    Args:
        headers: header name in lower case → values.
        signed: names, in lower case, of the headers that the signature verification needs.

    Raises:
        SignatureRefused: when a header in ``signed`` has several different values.
    """
    single: dict[str, str] = {}
    for name, values in headers.items():
        if len(values) == 1 or len(set(values)) == 1:
            single[name] = values[0]
        elif name in signed:
            raise SignatureRefused(Refusal.MALFORMED)
    return single


def _live(secrets: Secrets) -> Iterator[str]:
    """Yield the live secrets. They are read only at the first use, so malformed headers cause no read."""
    yield from secrets.live()
