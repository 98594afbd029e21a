"""The one way in which a rule refuses a request."""


class Rejected(Exception):  # noqa: N818 - it names an answer to a sender, not a fault of the program
    """A request that the pipeline refuses, in the words of its answer.

    Attributes:
        status: HTTP status code of the answer.
        code: machine-readable reason, such as ``missing_field``.
        message: reason in words; it never repeats a value that the sender wrote.
        field: name of the top-level field at fault, or None when none is.
    """

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


def malformed_json(message: str) -> Rejected:
    """Return the refusal (400) of a body that is not acceptable JSON, for the given reason."""
    return Rejected(400, "malformed_json", message)


def missing_field(field: str) -> Rejected:
    """Return the refusal (400) of a payload without a required field."""
    return Rejected(400, "missing_field", f"{field} is required", field)


def wrong_type(field: str, expected: str) -> Rejected:
    """Return the refusal (400) of a field whose JSON type is not the ``expected`` one."""
    return Rejected(400, "wrong_type", f"{field} must be {expected}", field)


def invalid_field(field: str, rule: str) -> Rejected:
    """Return the refusal (422) of a field that has the right type and breaks ``rule``."""
    return Rejected(422, "invalid_field", f"{field} {rule}", field)


def payload_too_large(limit: int) -> Rejected:
    """Return the refusal (413) of an event larger than ``limit`` bytes."""
    return Rejected(413, "payload_too_large", f"the event is larger than {limit} bytes")
