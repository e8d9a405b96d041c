"""facenet-pytorch's MTCNN and ours have the same weights: they find the same faces."""

import numpy as np
import pytest

from eigen2arc.core.geometry import iou
from eigen2arc.core.plugins import build


@pytest.mark.slow
def test_it_finds_what_ours_finds() -> None:
    people = build("dataset", "synthetic", people=3, images_per_person=1, difficulty=0.0)
    images = [people.images[i] for i in range(3)]
    theirs = build("detector", "facenet_pytorch_mtcnn", device="cpu").detect(images)
    ours = build("detector", "mtcnn", device="cpu", pad=False).detect(images)
    for one, other in zip(theirs, ours, strict=True):
        assert len(one) == len(other) > 0
        assert iou(one.boxes[:1], other.boxes[:1])[0, 0] > 0.95
        np.testing.assert_allclose(one.landmarks[0], other.landmarks[0], atol=1.0)
