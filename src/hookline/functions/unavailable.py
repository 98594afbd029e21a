"""The exception for a temporary failure, after which the sender can retry."""


class Unavailable(Exception):  # noqa: N818 - a temporary state, for which hookline answers 503
    """A temporary failure to read the secrets or a certificate, or to send to the queue.

    Attributes:
        code: error code without sensitive data, for the log.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
