"""The one exception that means: the user can mend this. The command line prints it as a line, without a traceback."""


class UserError(ValueError):
    """A mistake in what the user gave; the message says what was wrong, where, and what to do about it."""
