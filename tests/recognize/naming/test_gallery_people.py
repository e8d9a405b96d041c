"""The people of a gallery, named as a slow loop over all its vectors does."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.recommended_threshold import Rate
from eigen2arc.recognize.calibration.gallery_calibration import GalleryCalibration
from eigen2arc.recognize.gallery.calibrating import calibrate
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.naming.gallery_people import GalleryPeople
from eigen2arc.recognize.naming.namer import name_faces

from .conftest import NAMES, enrolled


def calibration(**changes: Any) -> GalleryCalibration:
    made: dict[str, Any] = {
        **{"data": "drawn people", "date": "2026-11-30", "people": 4, "images": 12, "asked": 0.01},
        **{"threshold": 0.9, "fpir": 0.01, "source": "gallery", "strangers": 3000, "stranger_people": 3000},
        **{"found": Rate(0.01, 0.007, 0.014), "looked_up": 0, "looked_up_people": 0, "dir": None},
        **{"slope": 20.0, "offset": -18.0, "highest": 6.0, "lowest": -6.0, "note": ""},
    }
    return GalleryCalibration(**{**made, **changes})


@pytest.fixture
def known(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> GalleryPeople:
    monkeypatch.setattr(Gallery, "calibration", calibration())
    return GalleryPeople(gallery)


def test_a_person_scores_as_the_mean_of_the_images(known: GalleryPeople, people: Any) -> None:
    images = [image for name in (*NAMES, "stranger") for image in people[name]]
    vectors = np.concatenate([one.vectors for one in known.reader.read(images)]).astype(np.float64)
    enrolled = {name: vectors[4 * i : 4 * i + 3] for i, name in enumerate(NAMES)}
    faces = [face for (face,) in name_faces(known, images)]
    for vector, face in zip(vectors, faces, strict=True):
        best: dict[str, float] = {}
        for name, own in enrolled.items():
            mean = sum(other / math.sqrt(other @ other) for other in own) / 3
            best[name] = float(vector @ mean / math.sqrt((vector @ vector) * (mean @ mean)))
        first, second = sorted(NAMES, key=lambda name: -best[name])[:2]
        assert (face.nearest, face.runner_up) == (first, second)
        assert (face.score, face.runner_up_score) == pytest.approx((best[first], best[second]), abs=1e-5)
        assert face.distance == pytest.approx(face.score - 0.9)
        odds = max(-6.0, min(6.0, 20 * face.score - 18))
        assert face.probability == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-5)
        assert face.named == (first if face.score >= 0.9 else None)
    assert all(face.named for i, face in enumerate(faces[:16]) if i % 4 < 3)


def test_a_name_that_is_more_likely_wrong_is_not_given(
    gallery: Gallery, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gallery, "calibration", calibration(threshold=-1.0))
    faces = [face for (face,) in name_faces(GalleryPeople(gallery), people["stranger"] + people["Ann"][:1])]
    assert all(face.distance is not None and face.distance > 0 for face in faces)
    assert {(face.verdict, face.named is None, (face.probability or 0) < 0.5) for face in faces[:4]} <= {
        ("unknown", True, True),
        ("named", False, False),
    }
    assert faces[4].named == "Ann"


def test_what_it_says_of_itself(known: GalleryPeople) -> None:
    said = known.describe()
    assert said == (
        "gallery: fixed_box, box, hog_grid; knows 4 people by 12 images; threshold 0.9 for a false positive rate of 1 "
        "%: 1 % (0.7 to 1.4 %) of 3,000 images of strangers were taken for somebody; calibrated on drawn people, "
        "2026-11-30"
    )
    made = known.as_json()
    assert (made["people"], made["images"], made["no_threshold"]) == (4, 12, "")
    assert made["threshold"]["value"] == 0.9 and made["calibration"]["slope"] == 20 and known.cautions() == []


def test_without_a_calibration_the_nearest_is_named(gallery: Gallery, people: Any) -> None:
    assert gallery.calibration is None
    known = GalleryPeople(gallery)
    ((face,),) = name_faces(known, people["stranger"][:1])
    assert (face.distance, face.probability, face.verdict, face.named) == (None, None, "named", face.nearest)
    assert "; no threshold: " in known.describe() and "eigen2arc gallery calibrate " in known.describe()
    (caution,) = known.cautions()
    assert caution.startswith("there is no threshold (") and known.as_json()["threshold"] is None


def test_a_threshold_that_cannot_be_set_says_why(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {
        "threshold": None,
        "fpir": None,
        "found": None,
        "slope": None,
        "offset": None,
        "note": "4 people are too few",
    }
    monkeypatch.setattr(Gallery, "calibration", calibration(**few))
    known = GalleryPeople(gallery)
    assert known.describe().endswith("; no threshold: 4 people are too few")
    assert known.probability(np.zeros(2)) is None and known.as_json()["no_threshold"] == "4 people are too few"


def test_a_gallery_is_named_by_its_own_calibration(people: Any, tmp_path: Path) -> None:
    gallery = enrolled(tmp_path, {f"{name}/{j}": people[name][j] for name in NAMES for j in range(2)})
    made = calibrate(gallery)
    assert made is not None and GalleryPeople(gallery).calibration == made


def test_one_person_has_no_runner_up_and_nobody_is_an_error(people: Any, tmp_path: Path) -> None:
    one = GalleryPeople(enrolled(tmp_path, {f"Ann/{j}": people["Ann"][j] for j in range(3)}))
    ((face,),) = name_faces(one, people["Böb"][:1])
    assert (face.nearest, face.runner_up, face.runner_up_score) == ("Ann", None, None)
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match="gallery: knows nobody: enrol people with eigen2arc gallery add"):
        GalleryPeople(enrolled(tmp_path / "none", {}))


def test_a_vector_without_length_is_nobodys(known: GalleryPeople) -> None:
    with pytest.raises(UserError, match="a face's vector is like nobody's"):
        known.candidates(np.zeros((1, known.gallery.about.dimensions), np.float32))
