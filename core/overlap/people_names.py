"""People of two sets who have one name, however it is written: Zoë_Ball, zoe.ball and "Zoe Ball" are one."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

#: Letters that no decomposition takes apart.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})


class SharedNames(NamedTuple):
    """Whom two sets call alike. pairs : (i, j), indices into the two, of people with one name.

    labels : likewise, of those whose name has a digit in it (s1, 00017, person_3): it numbers the people of one set,
    and says nothing about another's.
    """

    pairs: list[tuple[int, int]]
    labels: list[tuple[int, int]]


def shared_names(first: Sequence[str], second: Sequence[str]) -> SharedNames:
    """Find the people of two sets who have one name but for case, accents and what stands between its words.

    In order of ``first``, then ``second``. A name without a letter or digit is nobody's.
    """
    indices: dict[str, list[int]] = {}
    for j, name in enumerate(second):
        indices.setdefault(normalized(name), []).append(j)
    found = SharedNames([], [])
    for i, name in enumerate(first):
        key = normalized(name)
        if key:
            numbered = any(letter.isdigit() for letter in key)
            (found.labels if numbered else found.pairs).extend((i, j) for j in indices.get(key, ()))
    return found


def normalized(name: str) -> str:
    """Reduce a name to its letters and digits, in lower case and without accents: "Zoë_Ball" to "zoeball"."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(PLAIN))
    return "".join(letter for letter in letters if letter.isalnum())
