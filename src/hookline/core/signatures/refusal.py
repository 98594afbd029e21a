"""The exception that every signature scheme raises when it rejects a delivery."""


class Refusal:
    """The reasons to reject a signature, as logs show them. It is not an Enum, which would make a cold start slower."""

    MISSING = "missing"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    NO_SECRET = "no_secret"  # noqa: S105 - a reason, not a secret
    MISMATCH = "mismatch"
    ASYMMETRIC = "only_asymmetric_signatures"
    NO_CERTIFICATE = "certificate_unavailable"
    TOO_MANY_CERTIFICATES = "too_many_certificates"


class SignatureRefused(Exception):  # noqa: N818 - a result, not a fault of the program
    """The exception for a missing or wrong signature of a delivery.

    Attributes:
        reason: one of the constants of ``Refusal``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
