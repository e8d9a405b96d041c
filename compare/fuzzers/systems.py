"""Files of fitted systems, as a run keeps them: loaded, and asked for the name of a face."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core import plugins
from eigen2arc.recognize.naming.namer import name_faces
from eigen2arc.recognize.naming.system_people import SystemPeople
from eigen2arc.recognize.reading.encoder_identity import pattern_vector
from eigen2arc.recognize.systems import system_file

SIDE_PX, IMAGES = 32, 6

#: The encoder, and who compares its vectors; the first one learns.
CHOICES: tuple[dict[str, Any], ...] = (
    {"encoder": {"name": "eigenfaces", "components": 3}, "matcher": {"name": "euclidean"}},
    {"encoder": {"name": "hog_grid"}, "identifier": {"name": "class_mean"}},
)


class Systems:
    """One file a folder; nobody's but the system's own people is named."""

    def seeds(self) -> list[Files]:
        """Write a system that learned, with a threshold, and one that did not, without."""
        crops = np.random.default_rng(0).integers(0, 256, (IMAGES, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
        made = []
        for chosen in CHOICES:
            encoder: Any = plugins.build("encoder", **chosen["encoder"])
            learns = "components" in chosen["encoder"]
            if learns:
                encoder.fit(crops, np.arange(IMAGES) // 2)
            threshold = {"value": -9.5, "fpir": 0.1, "taken": 3, "strangers": 30, "people": 30, "low": 0.0, "high": 0.3}
            about = {
                **{"id": "one", "title": "One", "version": "0", "learned": "", "enrolled": "", "without_face": 0},
                "stages": {"detector": {"name": "fixed_box"}, "aligner": {"name": "box", "size_px": SIDE_PX}, **chosen},
                "preprocessing": [{"name": "gamma"}],
                "people": ["Ann", "Bob", "Cem"],
                "files": {},
                "threshold": {**threshold, "calibrated_on": "noise"} if learns else None,
                "no_threshold": "" if learns else "no strangers",
            }
            pattern = pattern_vector(encoder, [plugins.build("preprocessing", "gamma")], SIDE_PX)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "one.safetensors"
                learned = encoder.tensors() if learns else {}
                vectors, person = encoder.encode(crops), np.arange(IMAGES) // 2
                system_file.save(path, about, vectors, person, pattern, learned)
                made.append({path.name: path.read_bytes()})
        return made

    def read(self, folder: Path) -> object:
        """Load the file of a folder and name the face in an image."""
        system = system_file.load(folder / "one.safetensors", "cpu")
        faces = name_faces(SystemPeople(system), [np.full((SIDE_PX, SIDE_PX, 3), 90, np.uint8)])[0]
        known = {*system.about.people, None}
        assert all({face.named, face.nearest, face.runner_up} <= known for face in faces), "somebody else is named"
        return faces


build = Systems
