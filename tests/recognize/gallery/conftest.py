"""Drawn people in a folder of photos, and a cheap reader of their faces."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from eigen2arc.core import plugins
from eigen2arc.core.component import Component
from eigen2arc.core.image import write
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.gallery.building import begin
from eigen2arc.recognize.gallery.enrolment import Photo, Report, enrol
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits

NAMES = ("Ada", "Bob", "Cem", "Dee", "Eve", "Fay")
EACH = 3


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    """The whole image is a face, and what is compared are its edges."""
    aligner = Component("aligner", "box", {"size_px": 48})
    return Recognizer(Component("detector", "fixed_box"), aligner, Component("encoder", "hog_grid"), "edges")


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = plugins.build("dataset", "synthetic", people=len(NAMES), images_per_person=EACH, seed=1, size_px=96)
    folder = tmp_path_factory.mktemp("drawn")
    for number, label in enumerate(people.labels):
        write(folder / NAMES[label] / f"{number % EACH}.png", people.images[number])
    return folder


@pytest.fixture
def photos(drawn: Path, tmp_path: Path) -> Path:
    """A copy of the photos, to be changed."""
    return Path(shutil.copytree(drawn, tmp_path / "photos"))


def photos_in(folder: Path, *people: str) -> list[Photo]:
    names = people or tuple(sorted(path.name for path in folder.iterdir()))
    return [Photo(name, path.name, path) for name in names for path in sorted((folder / name).iterdir())]


@pytest.fixture
def build(recognizer: Recognizer, tmp_path: Path) -> Callable[..., tuple[Gallery, Report]]:
    """A function that builds a gallery of some people of a folder, to the end."""

    def made(folder: Path, *people: str, out: str = "gallery", limits: Limits | None = None, images: bool = True):
        where = tmp_path / out
        where.mkdir(exist_ok=True)
        asked = limits or Limits()
        gallery = begin(where, folder, recognizer, asked, keeps_images=images, device="cpu")
        return gallery, enrol(gallery, photos_in(folder, *people), asked)

    return made
