"""Faces of drawn people in a file beside this one: what a network is tried on before it sees anybody's photo.

``python -m eigen2arc.deep.encode.feeding.drawn_people FILE`` draws them again. They are kept, and not drawn when they
are needed: so a change of the generator changes no choice that was made on them, and they are there at once.
"""

import sys
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from eigen2arc.core import build
from eigen2arc.core.align import align_points, template_points
from eigen2arc.core.image import read, write

PEOPLE, IMAGES, SIZE_PX = 16, 3, 112

#: The data set synthetic's settings. Of its difficulties .25, .4 and .6 this one sets a MobileFaceNet that is fed right
#: the furthest apart from one that is not and from bare pixels: probe.py has the figures.
SEED, DIFFICULTY = 77, 0.4

NAME = "drawn_people.jpg"


@cache
def drawn_people() -> tuple[np.ndarray, np.ndarray]:
    """Read the drawn people: crops (48, 112, 112, 3) uint8 RGB, aligned by five points, and who they are, (48,)."""
    with as_file(files(__package__) / NAME) as path:
        sheet = read(path)
    crops = sheet.reshape(PEOPLE, SIZE_PX, IMAGES, SIZE_PX, 3).swapaxes(1, 2).reshape(-1, SIZE_PX, SIZE_PX, 3)
    return crops, np.repeat(np.arange(PEOPLE), IMAGES)


def draw() -> np.ndarray:
    """Draw a sheet, a row a person: (PEOPLE * SIZE_PX, IMAGES * SIZE_PX, 3) uint8 RGB."""
    settings = {"people": PEOPLE, "images_per_person": IMAGES, "seed": SEED, "difficulty": DIFFICULTY}
    people = build("dataset", "synthetic", size_px=SIZE_PX, **settings)
    assert people.faces is not None
    crops = [
        align_points(people.images[index], faces, template_points(SIZE_PX), SIZE_PX)[0]
        for index, faces in enumerate(people.faces)
    ]
    return np.vstack([np.hstack(crops[first : first + IMAGES]) for first in range(0, len(crops), IMAGES)])


if __name__ == "__main__":
    write(Path(sys.argv[1]), draw(), jpeg_quality=90)
