"""Boxes and names drawn into an image: labels that stay in it, cover no other label, and can be read.

Each label touches its box, and no other: above, below, beside or in it, at the first such place that is free. Where
none is, the letters become smaller, then the text becomes shorter, then other faces may be covered, and at last there
is only the face's number.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

#: Letters are as high as this share of the face's box, but so that a whole image on a screen shows them: between these
#: shares of its shorter side; and never lower than the pixels that a letter takes.
OF_BOX, OF_SIDE, LEAST_PX = 0.16, (1 / 45, 1 / 16), 10

#: How much smaller the letters are at each try, of TRIES.
SMALLER, TRIES = 0.8, 4

WHITE = (255, 255, 255)


class FaceLabel(NamedTuple):
    """What is drawn of a face. box : x1 y1 x2 y2. texts : what is said of it, the whole first, then shorter ones."""

    box: tuple[float, float, float, float]
    texts: tuple[str, ...]
    color: tuple[int, int, int]


class _Written(NamedTuple):
    """A text and the font it is written in."""

    text: str
    font: ImageFont.FreeTypeFont


def draw_labels(image: np.ndarray, labels: Sequence[FaceLabel]) -> np.ndarray:
    """Draw boxes and texts into a copy of an image, uint8 RGB (H, W, 3).

    A text that no font here can write is left out, see font_of; where none is left, the face's number stands.
    """
    picture = Image.fromarray(image)
    canvas, side_px = ImageDraw.Draw(picture), min(image.shape[:2])
    line_px = max(1, round(side_px**0.5 / 8))
    for label in labels:
        canvas.rectangle(label.box, outline=label.color, width=line_px)
    boxes = np.array([label.box for label in labels], np.float64).reshape(-1, 4)
    apart = boxes + 2 * line_px * np.array([-1, -1, 1, 1])
    taken = np.empty((0, 4))
    for index, label in enumerate(labels):
        others = np.delete(apart, index, axis=0)
        for written, free_of_faces in _tries(label, index, image.shape):
            left, size = _size(written, line_px)
            free = _free(boxes[index], size, taken, others if free_of_faces else others[:0], image.shape)
            if free is not None:
                taken = np.vstack([taken, free])
                x, y = free[:2]
                canvas.rectangle((x, y, *(free[2:] - 1)), fill=label.color)
                canvas.text((x + line_px - left, y), written.text, WHITE, written.font)
                break
    return np.asarray(picture)


def font_of(text: str) -> str | None:
    """Find a font that has the letters of a text: DejaVu Sans, which comes with matplotlib, else one of the machine's.

    Returns its path; None where no font has them all.
    """
    return _font_with(frozenset(_shown(text)))


@lru_cache(256)
def _font_with(letters: frozenset[str]) -> str | None:
    points = {ord(letter) for letter in letters if not letter.isspace()}
    return next((path for path in _fonts() if points <= _points(path)), None)


@lru_cache(1)
def _fonts() -> tuple[str, ...]:
    import matplotlib
    from matplotlib.font_manager import findSystemFonts

    return (str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")), *sorted(findSystemFonts()))


@lru_cache(None)
def _points(path: str) -> frozenset[int]:
    """The code points that a font has glyphs for; none where it cannot be read, by matplotlib or by PIL."""
    from matplotlib.ft2font import FT2Font

    try:
        ImageFont.truetype(path, LEAST_PX)
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):  # of bitmaps, or damaged
        return frozenset()


@lru_cache(256)
def _sized(path: str, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size_px)


def _shown(text: str) -> str:
    """A text in one line, its letters composed: files of some systems have them taken apart."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in unicodedata.normalize("NFC", text))


def _tries(label: FaceLabel, index: int, shape: tuple[int, ...]) -> Iterator[tuple[_Written, bool]]:
    """What may be written of a face, the best first, and whether it has to leave other faces free."""
    texts = [(_shown(text), font) for text in label.texts if (font := font_of(text)) is not None]
    side_px, height_px = min(shape[:2]), label.box[3] - label.box[1]
    largest_px = min(max(OF_BOX * height_px, OF_SIDE[0] * side_px), OF_SIDE[1] * side_px)
    sizes = [max(LEAST_PX, round(largest_px * SMALLER**i)) for i in range(TRIES)]
    width_px = label.box[2] - label.box[0]
    for free_of_faces in (True, False):
        for size_px in sizes:
            for text, path in texts:
                yield _Written(text, _sized(path, size_px)), free_of_faces
        for most_px in (shape[1], 2 * width_px, width_px):
            for text, path in texts[-1:]:
                if shorter := _shortened(_Written(text, _sized(path, sizes[-1])), most_px):
                    yield shorter, free_of_faces
    for size_px in sizes:
        yield _Written(f"{index + 1}", _sized(_fonts()[0], size_px)), False


def _shortened(written: _Written, most_px: float) -> _Written | None:
    """The longest beginning of a text that is as narrow, with an ellipsis; None for fewer than two letters."""
    text, font = written
    for length in range(len(text) - 1, 1, -1):
        if font.getlength(begun := text[:length].rstrip() + "…") <= 0.9 * most_px:
            return _Written(begun, font)
    return None


def _size(written: _Written, pad_px: int) -> tuple[float, np.ndarray]:
    """Where the ink begins, and width and height of a label: one height for all texts of a font."""
    left, _, right, _ = written.font.getbbox(written.text)
    return left, np.ceil([right - left + 2 * pad_px, sum(written.font.getmetrics())])


def _free(
    box: np.ndarray, size: np.ndarray, taken: np.ndarray, others: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray | None:
    """The first place (4,) of a label at its box that lies in the image and covers nothing; None for none."""
    frame = np.array([shape[1], shape[0]], np.float64)
    (x1, y1, x2, y2), (width, height) = np.clip(box, 0, np.tile(frame, 2)), size
    aligned, middle = x2 - width, (x1 + x2 - width) / 2
    corners = [(x, y) for y in (y1 - height, y2) for x in (x1, aligned, middle)]
    corners += [(x, y) for x in (x2, x1 - width) for y in (y1, y2 - height)]
    corners += [(x1, y1), (x1, y2 - height)]
    inside = np.clip(np.array(corners).round(), 0, np.maximum(frame - size, 0))
    places = np.hstack([inside, inside + size])
    covers = np.vstack([taken, others])
    lower = np.maximum(places[:, None, :2], covers[None, :, :2])
    upper = np.minimum(places[:, None, 2:], covers[None, :, 2:])
    bad = (upper > lower).all(axis=2).any(axis=1) | (places[:, 2:] > frame).any(axis=1)
    # Moved into the image, a label may lie on its own face, where the last two may.
    over = np.minimum(places[:, 2:], [x2, y2]) - np.maximum(places[:, :2], [x1, y1])
    bad |= (over > 1).all(axis=1) & (np.arange(len(places)) < len(places) - 2)
    return places[int(np.argmin(bad))] if not bad.all() else None
