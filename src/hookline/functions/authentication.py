"""Whether a request was signed with a live secret, in the light of secrets that change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from hookline.core.signatures.refusal import Refusal, SignatureRefused

Verdict = TypeVar("Verdict")


class Secrets(Protocol):
    """Where live signing secrets come from: ``SigningSecrets``, or a stand-in."""

    def live(self) -> list[str]:
        """Return the live secrets, or raise Unavailable."""
        ...

    def refresh(self) -> bool:
        """Read them again and return True, unless that was done a moment ago."""
        ...


def authenticate(judge: Callable[[Iterable[str]], Verdict], secrets: Secrets) -> Verdict:
    """Return a rule's verdict about a request's signature; returning at all means that it is genuine.

    A signature that fails may be by a secret that is newer than the cache, so the secrets are read again
    once, as often as they allow that.

    Args:
        judge: the rule, given the live secrets, which it may read once.
        secrets: where live secrets come from.

    Raises:
        SignatureRefused: when the signature is not accepted.
        Unavailable: when there are no secrets to judge it by.
    """
    try:
        return judge(_live(secrets))
    except SignatureRefused as refused:
        may_be_rotated = refused.reason in (Refusal.MISMATCH, Refusal.NO_SECRET)
        if not (may_be_rotated and secrets.refresh()):
            raise
        return judge(_live(secrets))


def single_values(headers: Mapping[str, Sequence[str]], signed: Collection[str]) -> dict[str, str]:
    """Return each header's value; two values of one header leave open which was meant, so neither counts.

    Args:
        headers: the values of each header, names in lower case.
        signed: names in lower case of the headers that take part in the signature.

    Raises:
        SignatureRefused: when one that takes part has two values.
    """
    single: dict[str, str] = {}
    for name, values in headers.items():
        if len(values) == 1 or len(set(values)) == 1:
            single[name] = values[0]
        elif name in signed:
            raise SignatureRefused(Refusal.MALFORMED)
    return single


def _live(secrets: Secrets) -> Iterator[str]:
    """Yield the live secrets; they are fetched on the first use, so never for headers that are no signature."""
    yield from secrets.live()
