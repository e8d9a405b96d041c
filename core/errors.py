"""The one exception that means: the user can mend this. The command line prints it as a line, without a traceback."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class UserError(ValueError):
    """A mistake in what the user gave; the message says what was wrong, where, and what to do about it."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return the part of a message that names the nearest choice, "did you mean 'gamma'? "; "" where none is near."""
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f"did you mean {close[0]!r}? " if close else ""


@contextmanager
def parsing(where: object, what: str, advice: str = "") -> Iterator[None]:
    """Make a UserError of whatever a parser raises in the block: no list of a library's exceptions is ever complete.

    The line is "{where}: {what} ({first line of the exception}). {advice}"; of a file that cannot be opened it says
    why. A UserError raised in the block passes, and so do KeyboardInterrupt, SystemExit and MemoryError.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except OSError as error:
        raise UserError(f"{where}: cannot be read ({error.strerror or error}). {advice}".rstrip(". ")) from error
    except BaseException as error:  # a panic in Rust, of which some parsers are made, is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise UserError(f"{where}: {what} ({first_line(error)}). {advice}".rstrip(". ")) from error


def first_line(error: BaseException) -> str:
    """Return what an exception says, its first line, at most 200 characters; its kind where it says nothing."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    said = str(error).strip().partition("\n")[0]
    return f"{said:.200}" or type(error).__name__
