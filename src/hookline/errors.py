"""The one error of commands, local mode and estimates that their user can mend."""


class UserError(Exception):
    """Something that the user can mend. The message says what is wrong, and names the fix."""
