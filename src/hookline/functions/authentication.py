"""Whether a request was signed with a live secret, in the light of secrets that change."""

from typing import TYPE_CHECKING, Protocol

from hookline.core.standard_webhooks import Refusal, SignatureRefused, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Secrets(Protocol):
    """Where live signing secrets come from: ``SigningSecrets``, or a stand-in."""

    def live(self) -> list[str]:
        """Return the live secrets, or raise SecretsUnavailable."""
        ...

    def refresh(self) -> bool:
        """Read them again and return True, unless that was done a moment ago."""
        ...


def authenticate(headers: "Mapping[str, set[str]]", body: bytes, secrets: Secrets, now: int) -> None:
    """Verify a request's signature; returning at all means that it is genuine.

    A signature that fails may be by a secret that is newer than the cache, so the secrets are read again
    once, as often as they allow that.

    Args:
        headers: the distinct values of each header, names in lower case.
        body: the exact bytes received.
        secrets: where live secrets come from.
        now: the receiver's clock in Unix seconds.

    Raises:
        SignatureRefused: when the signature is not accepted.
        SecretsUnavailable: when there are no secrets to judge it by.
    """
    single = _single_values(headers)
    try:
        verify(single, body, _live(secrets), now)
    except SignatureRefused as refused:
        may_be_rotated = refused.reason in (Refusal.MISMATCH, Refusal.NO_SECRET)
        if not (may_be_rotated and secrets.refresh()):
            raise
        verify(single, body, _live(secrets), now)


def _single_values(headers: "Mapping[str, set[str]]") -> dict[str, str]:
    """Return each header's value; two values of one header leave open which was meant, so neither counts."""
    if any(len(values) > 1 for values in headers.values()):
        raise SignatureRefused(Refusal.MALFORMED)
    return {name: value for name, values in headers.items() for value in values}


def _live(secrets: Secrets) -> "Iterator[str]":
    """Yield the live secrets; they are fetched on the first use, so never for headers that are no signature."""
    yield from secrets.live()
