"""Galleries, with one file changed: opened, searched, checked and changed, as the commands do."""

import tempfile
from pathlib import Path

import numpy as np

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core.component import Component
from eigen2arc.core.image import encode
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.gallery.audit import faults
from eigen2arc.recognize.gallery.building import begin
from eigen2arc.recognize.gallery.calibrating import calibrate, strangers_of
from eigen2arc.recognize.gallery.enrolment import Photo, enrol
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits

SIDE_PX = 48


class Galleries:
    """All files of a gallery of three people; whoever is named is one of those that it lists."""

    def seeds(self) -> list[Files]:
        """Build a gallery of noise, calibrated."""
        noise = np.random.default_rng(0).integers(0, 256, (6, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
        aligner = Component("aligner", "box", {"size_px": SIDE_PX})
        edges = Recognizer(Component("detector", "fixed_box"), aligner, Component("encoder", "hog_grid"), "edges")
        with tempfile.TemporaryDirectory() as made:
            folder, photos = Path(made) / "gallery", Path(made) / "photos"
            folder.mkdir()
            photos.mkdir()
            given = []
            for number, image in enumerate(noise):
                path = photos / f"{number}.png"
                path.write_bytes(encode(image))
                given.append(Photo("ABC"[number // 2], path.name, path))
            gallery = begin(folder, photos, edges, Limits(eyes_px=0), keeps_images=True, device="cpu")
            enrol(gallery, given, Limits(eyes_px=0))
            calibrate(gallery)
            return [
                {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            ]

    def read(self, folder: Path) -> object:
        """Open the gallery, look for a face in it, list and check it, and remove somebody."""
        gallery = Gallery.open(folder, "cpu")
        people = gallery.people
        found = gallery.candidates(gallery.reader.read([np.full((SIDE_PX, SIDE_PX, 3), 90, np.uint8)])[0].vectors)
        assert all(one.person in people for row in found for one in row), "somebody else is named"
        gallery.ledger.images()
        gallery.ledger.refused()
        made = gallery.calibration, strangers_of(gallery), faults(gallery)
        gallery.ledger.rename(people[0], "Zoe") if people else None
        return made


build = Galleries
