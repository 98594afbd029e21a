"""The exception for errors of commands, local mode and estimates that the user can correct."""


class UserError(Exception):
    """An error that the user can correct. The message says what is wrong and what to do."""
