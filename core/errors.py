"""The one exception that means: the user can mend this. The command line prints it as a line, without a traceback."""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

#: What ends a line, moves the cursor, turns the direction of writing, or stands for a byte that is no text.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: object) -> str:
    """Make one line of a text, with what is no character on a terminal escaped: a name may come from anywhere."""
    return UNPRINTABLE.sub(_escaped, str(text))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8, as Python holds it
        return f"\\x{code - 0xDC00:02x}"
    return match[0].encode("unicode_escape").decode()


class UserError(ValueError):
    """A mistake in what the user gave; the message says what was wrong, where, and what to do about it.

    The message becomes one line, whatever names stand in it. below : lines that follow it as they are, such as a
    layout.
    """

    def __init__(self, message: object = "", *below: str) -> None:
        super().__init__(message, *below)

    def __str__(self) -> str:
        message, *below = self.args
        return "\n".join([one_line(message), *below])


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
