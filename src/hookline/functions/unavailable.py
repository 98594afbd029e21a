"""What cannot be judged or stored at the moment, and can later."""


class Unavailable(Exception):  # noqa: N818 - a state of what is needed, answered with 503
    """Something that an answer depends on is out of order: secrets, a certificate, or the queue.

    Attributes:
        code: what went wrong, as it may be logged.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
