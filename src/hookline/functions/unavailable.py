"""The exception for a temporary failure."""


class Unavailable(Exception):  # noqa: N818 - a temporary state that is answered with 503
    """A temporary failure to read the secrets or a certificate, or to send to the queue.

    Attributes:
        code: error code without sensitive data, for the log.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
