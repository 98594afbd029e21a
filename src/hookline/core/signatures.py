"""What every signature scheme says when it does not accept a delivery."""

from enum import Enum


class Refusal(Enum):
    """Why a signature was not accepted."""

    MISSING = "missing"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    NO_SECRET = "no_secret"  # noqa: S105 - names the lack of one
    MISMATCH = "mismatch"


class SignatureRefused(Exception):  # noqa: N818 - a verdict, not a fault of the program
    """A delivery whose signature was not accepted.

    Attributes:
        reason: why.
    """

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason
