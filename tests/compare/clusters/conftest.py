"""Drawn people in a folder, and parts that find and encode their faces in a moment."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.component import Component
from eigen2arc.core.image import write
from eigen2arc.core.preferred import Recognizer

PEOPLE, EACH = 4, 3


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return Recognizer(
        Component("detector", "viola_jones", {"eye_cascade": ""}),
        Component("aligner", "box", {"size_px": 48}),
        Component("encoder", "hog_grid"),
        title="HOG",
    )


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of four people, in folders whose names say nothing; a grey one, and a text with an image's name."""
    people = plugins.build("dataset", "synthetic", people=PEOPLE, images_per_person=1, seed=1, difficulty=0.0)
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number in range(PEOPLE * EACH):
        image = people.images[number % PEOPLE].astype(np.int16) + rng.integers(-8, 9, (1, 1, 3))
        write(folder / f"day{number // PEOPLE}" / f"{number:02d}.png", image.clip(0, 255).astype(np.uint8))
    write(folder / "grey.png", np.full((90, 90, 3), 128, np.uint8))
    (folder / "text.jpg").write_text("no image")
    return folder
