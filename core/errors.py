"""The one exception that means: the user can mend this. The command line prints it as a line, without a traceback."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake in what the user gave; the message says what was wrong, where, and what to do about it."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return the part of a message that names the nearest choice, "did you mean 'gamma'? "; "" where none is near."""
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f"did you mean {close[0]!r}? " if close else ""
