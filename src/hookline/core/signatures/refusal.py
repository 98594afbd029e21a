"""What every signature scheme says when it does not accept a delivery."""


class Refusal:
    """Why a signature was not accepted, as it is logged; no Enum, which costs a start as much as two modules."""

    MISSING = "missing"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    NO_SECRET = "no_secret"  # noqa: S105 - names the lack of one
    MISMATCH = "mismatch"


class SignatureRefused(Exception):  # noqa: N818 - a verdict, not a fault of the program
    """A delivery whose signature was not accepted.

    Attributes:
        reason: why, one of those of ``Refusal``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
