"""A small gallery of drawn people, made of whole images by HOG."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.component import Component
from eigen2arc.core.image import write
from eigen2arc.core.plugins import build
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.gallery.building import begin
from eigen2arc.recognize.gallery.enrolment import Photo, enrol
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits

WHOLE_IMAGES = Recognizer(
    Component("detector", "fixed_box"),
    Component("aligner", "box", {"size_px": 48}),
    Component("encoder", "hog_grid"),
    title="HOG",
)
NAMES = ("Ann", "Böb", "Cem", "Dee")
ALL_PASS = Limits(eyes_px=0, sharpness=0)


def enrolled(folder: Path, photos: dict[str, np.ndarray]) -> Gallery:
    """A gallery of photos by "PERSON/NAME"."""
    source = folder / "photos"
    files = []
    for name, image in photos.items():
        path = source / f"{name}.png"
        write(path, image)
        files.append(Photo(name.partition("/")[0], path.name, path))
    (folder / "gallery").mkdir()
    gallery = begin(folder / "gallery", source, WHOLE_IMAGES, ALL_PASS, keeps_images=False, device="cpu")
    enrol(gallery, files, ALL_PASS)
    gallery.ledger.end_build()
    return gallery


@pytest.fixture(scope="session")
def people() -> dict[str, list[np.ndarray]]:
    """Four images of each of NAMES, and of a stranger."""
    drawn = build("dataset", "synthetic", people=5, images_per_person=4, size_px=64, seed=3)
    return {name: [drawn.images[4 * i + j] for j in range(4)] for i, name in enumerate((*NAMES, "stranger"))}


@pytest.fixture(scope="session")
def gallery(people: dict[str, list[np.ndarray]], tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """All images of NAMES but the last of each."""
    photos = {f"{name}/{j}": people[name][j] for name in NAMES for j in range(3)}
    return enrolled(tmp_path_factory.mktemp("naming"), photos)
