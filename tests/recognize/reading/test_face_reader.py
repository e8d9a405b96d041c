"""What is read of an image is what its stages say one by one."""

import numpy as np

from eigen2arc.core import plugins
from eigen2arc.core.types import Faces
from eigen2arc.recognize.reading.encoder_identity import same_encoder
from eigen2arc.recognize.reading.face_reader import FaceReader

SIDE_PX = 32


class Thirds:
    """Finds as many faces in an image as it is wide in units of its height, from the left."""

    def detect(self, images: list[np.ndarray]) -> list[Faces]:
        found = []
        for image in images:
            side, count = len(image), image.shape[1] // len(image)
            boxes = [[i * side, 0, (i + 1) * side, side] for i in range(count)]
            found.append(Faces(np.array(boxes, np.float32).reshape(-1, 4), np.ones(count)))
        return found


class Means:
    """Encodes a crop by the mean of each colour."""

    matcher = "euclidean"

    def encode(self, crops: np.ndarray) -> np.ndarray:
        return crops.mean(axis=(1, 2)).astype(np.float32).reshape(-1, 3)


def test_every_face_keeps_its_place_among_images_with_more_one_and_none() -> None:
    rng = np.random.default_rng(0)
    aligner = plugins.build("aligner", "box", size_px=SIDE_PX)
    step = plugins.build("preprocessing", "gamma")
    reader = FaceReader(Thirds(), aligner, Means(), [step])
    images = [rng.integers(0, 256, (40, width, 3), np.uint8) for width in (120, 30, 40)]
    read = reader.read(images)
    assert [len(one) for one in read] == [3, 0, 1]
    for image, one in zip(images, read, strict=True):
        for i in range(len(one)):
            crop = step.apply(aligner.align(image, one.faces[[i]]))
            np.testing.assert_array_equal(one.crops[i], crop[0])
            np.testing.assert_allclose(one.vectors[i], crop[0].reshape(-1, 3).mean(axis=0), rtol=1e-5)
    assert [len(one) for one in reader.read(images[1:2])] == [0]


def test_another_encoder_is_told_by_its_vector_of_the_pattern() -> None:
    aligner = plugins.build("aligner", "box", size_px=SIDE_PX)
    one, other = (
        FaceReader(Thirds(), aligner, Means(), steps).pattern
        for steps in ([], [plugins.build("preprocessing", "gamma")])
    )
    assert same_encoder(one, one * np.float32(1.001))
    assert not same_encoder(one, other)
    assert not same_encoder(one, np.zeros(4, np.float32))
