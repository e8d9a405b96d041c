"""face_recognition's pipeline in our three stages, beside the one call of dlib that the package makes."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core import read_image
from eigen2arc.core.plugins import build
from eigen2arc.deep.weights_io.dlib_models import model_file

pytestmark = pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib brings it")


@pytest.mark.slow
@pytest.mark.data
def test_the_whole_pipeline_gives_face_recognitions_encodings(data_root: Path) -> None:
    import dlib

    predictor = dlib.shape_predictor(model_file("shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(model_file("dlib_face_recognition_resnet_model_v1.dat"))
    images = [read_image(file) for file in sorted((data_root / "lfw").rglob("*_0001.jpg"))[::2000]]
    aligner, encoder = build("aligner", "dlib_landmarks"), build("encoder", "dlib_resnet")
    compared = 0
    for image, faces in zip(images, build("detector", "dlib_hog").detect(images), strict=True):
        # As face_recognition's api.py has it: boxes cut to the image, 5 points, no jitter.
        for box in dlib.get_frontal_face_detector()(image, 1):
            bounds = np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1])
            row = int(np.abs(faces.boxes - bounds).sum(axis=1).argmin())
            cut = dlib.rectangle(max(box.left(), 0), max(box.top(), 0), min(box.right(), 249), min(box.bottom(), 249))
            wanted = np.array(network.compute_face_descriptor(image, predictor(image, cut), 1))
            np.testing.assert_allclose(encoder.encode(aligner.align(image, faces[[row]]))[0], wanted, atol=1e-3)
            compared += 1
    assert compared > 2
