"""What lines of lists are made of: the paths of images, counts, and numbers, each with its bounds."""

import os

from eigen2arc.core.errors import UserError

#: What file systems allow a name to have, and some less than what systems allow a path to have: with more they raise
#: an error that does not say where it was read.
MOST_NAME_BYTES, MOST_PATH_BYTES = 255, 2048

#: No image is so large, and faces are kept as float32, where there is an end to numbers.
MOST_NUMBER = 1e9


def safe_name(name: str, where: str) -> str:
    """Check an image's path as a list gives it, and return it.

    Raises UserError, beginning with ``where``, if it leaves the folder, or is longer than a path can be.
    """
    parts = name.split("/")
    if not name or name.startswith("/") or "\\" in name or "\0" in name or ".." in parts:
        raise UserError(f"{where}: expected a path below the folder of the images, got {name!r:.200}")
    longest, whole = max(len(os.fsencode(part)) for part in parts), len(os.fsencode(name))
    if longest > MOST_NAME_BYTES or whole > MOST_PATH_BYTES:
        raise UserError(f"{where}: no file has so long a name: {name!r:.80}...")
    return name


def is_count(text: str) -> bool:
    """Tell whether a text is a whole number, 0 or more, that can count something: of at most nine digits."""
    return text.isdecimal() and len(text) <= 9


def parse_numbers(text: str, lengths: tuple[int, ...], where: str, form: str) -> list[float]:
    """Parse the numbers of a line. Raises UserError, beginning with ``where``, if they are not that many.

    Nor may one be infinite, not a number, or MOST_NUMBER or more.
    """
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        values = []
    if len(values) not in lengths or not all(abs(value) < MOST_NUMBER for value in values):
        expected = " or ".join(map(str, lengths))
        raise UserError(f"{where}: expected {expected} numbers, got {text.strip()!r}. The form is: {form}")
    return values
