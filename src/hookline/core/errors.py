"""The exception ``Rejected``, and functions that create it for the usual reasons to reject a request."""


class Rejected(Exception):  # noqa: N818 - an answer to the sender, not a fault of the program
    """A request that the pipeline rejects, with the content of the HTTP answer.

    Attributes:
        status: HTTP status code of the answer.
        code: machine-readable reason, such as ``missing_field``.
        message: reason for a human reader, without any value from the sender.
        field: name of the invalid top-level field, or None.
    """

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


def malformed_json(message: str) -> Rejected:
    """Return the error (400) for a body that the strict JSON decoder rejects. ``message`` says why."""
    return Rejected(400, "malformed_json", message)


def missing_field(field: str) -> Rejected:
    """Return the error (400) for a payload without a required field."""
    return Rejected(400, "missing_field", f"{field} is required", field)


def wrong_type(field: str, expected: str) -> Rejected:
    """Return the error (400) for a field whose JSON type is not the ``expected`` type."""
    return Rejected(400, "wrong_type", f"{field} must be {expected}", field)


def invalid_field(field: str, rule: str) -> Rejected:
    """Return the error (422) for a field that has the right type but violates ``rule``."""
    return Rejected(422, "invalid_field", f"{field} {rule}", field)


def payload_too_large(limit: int) -> Rejected:
    """Return the error (413) for an event that is larger than ``limit`` bytes."""
    return Rejected(413, "payload_too_large", f"the event is larger than {limit} bytes")
