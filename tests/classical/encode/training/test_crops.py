"""What encoders are fitted on: whose faces, cut how, kept under which name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.encode.training import crops as training_crops
from eigen2arc.classical.encode.training.crops import cached_vectors, labelled_crops, preprocess
from eigen2arc.core import artefacts, plugins
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces

BOX = Faces(np.array([[4.0, 4.0, 44.0, 44.0]]), np.ones(1))
ALIGNER = Component("aligner", "box", {"size_px": 24})


class Noise:
    """Twelve images of noise; number 3 cannot be read. Counts how often an image was asked for."""

    names = tuple(f"{i}.png" for i in range(12))
    version = "1"
    read = 0

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> np.ndarray:
        self.read += 1
        if index == 3:
            raise ImageError("3.png: is damaged")
        return np.random.default_rng(index).integers(0, 256, (48, 48, 3), dtype=np.uint8)


class Everywhere:
    """A detector that finds the same face in all images but number 2."""

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        nobody = np.random.default_rng(2).integers(0, 256, (48, 48, 3), dtype=np.uint8)
        return [Faces.none() if np.array_equal(image, nobody) else BOX for image in images]


@pytest.fixture
def dataset() -> Dataset:
    """Images 0 and 1 show nobody who is known, image 2 has no annotated face."""
    labels = np.array([-1, -1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    faces = tuple(Faces.none() if i == 2 else BOX for i in range(12))
    return Dataset("noise", Noise(), ("a", "b", "c"), labels, faces, protocol="none")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "CHUNK", 4)
    monkeypatch.setattr(training_crops, "BATCH", 4)


@pytest.mark.usefixtures("small_chunks")
def test_crops_of_known_people_only(dataset: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    crops, labels = labelled_crops(dataset, None, ALIGNER, Store(tmp_path))
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 1, 2, 2, 2])
    assert "3.png: is damaged: left out" in caplog.text
    aligner = ALIGNER.built
    for crop, image in zip(crops, range(4, 12), strict=True):
        np.testing.assert_array_equal(crop, aligner.align(dataset.images[image], BOX)[0])


def test_a_detector_takes_the_place_of_the_annotation(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotated, _ = labelled_crops(dataset, None, ALIGNER, Store(tmp_path))
    real = plugins.build
    monkeypatch.setattr(
        plugins, "build", lambda kind, *a, **k: Everywhere() if kind == "detector" else real(kind, *a, **k)
    )
    crops, labels = labelled_crops(
        replace(dataset, faces=None), Component("detector", "viola_jones"), ALIGNER, Store(tmp_path)
    )
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(crops, annotated)


@pytest.mark.usefixtures("small_chunks")
def test_finished_pieces_are_not_made_again(dataset: Dataset, tmp_path: Path) -> None:
    first, _ = labelled_crops(dataset, None, ALIGNER, Store(tmp_path))
    pieces = sorted(tmp_path.glob("crops-*/*.npz"))
    assert [path.stem for path in pieces] == ["0000000", "0000004", "0000008"]
    pieces[1].unlink()  # as if the training had been killed there
    dataset.images.read = 0
    again, labels = labelled_crops(dataset, None, ALIGNER, Store(tmp_path))
    assert dataset.images.read == 4
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 1, 2, 2, 2])


@pytest.mark.parametrize("change", ["images", "people", "boxes", "aligner", "size", "detector"])
def test_other_inputs_have_other_names(dataset: Dataset, tmp_path: Path, change: str) -> None:
    labelled_crops(dataset, None, ALIGNER, Store(tmp_path))
    other, detector, aligner = dataset, None, ALIGNER
    if change == "images":
        other = replace(dataset, images=Noise())
        other.images.version = "2"  # type: ignore[misc]
    elif change == "people":
        other = replace(dataset, labels=np.abs(dataset.labels))
    elif change == "boxes":
        other = replace(dataset, faces=(Faces(BOX.boxes + 1, BOX.scores), *dataset.faces[1:]))
    elif change == "aligner":
        aligner = Component("aligner", "eyes", {"size_px": 24})
    elif change == "size":
        aligner = Component("aligner", "box", {"size_px": 25})
    else:
        detector = Component("detector", "fixed_box")
    labelled_crops(other, detector, aligner, Store(tmp_path))
    assert len(list(tmp_path.glob("crops-*"))) == 2


@pytest.mark.usefixtures("small_chunks")
def test_base_vectors_are_those_of_the_encoder_and_are_kept(tmp_path: Path, rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (9, 24, 24, 3), dtype=np.uint8)
    chosen = Component("encoder", "lbp_histogram")
    store = Store(tmp_path)
    vectors = cached_vectors(crops, chosen, chosen.built, store)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, plugins.build("encoder", "lbp_histogram").encode(crops))
    assert store.made == 3
    again = Store(tmp_path)
    np.testing.assert_array_equal(cached_vectors(crops, chosen, chosen.built, again), vectors)
    assert again.made == 0
    cached_vectors(crops[::-1], chosen, chosen.built, again)
    assert again.made == 3


@pytest.mark.usefixtures("small_chunks")
def test_preprocessing_is_done_step_by_step_in_place(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (9, 24, 24, 3), dtype=np.uint8)
    gamma, tan_triggs = plugins.build("preprocessing", "gamma", gamma=0.3), plugins.build("preprocessing", "tan_triggs")
    expected = tan_triggs.apply(gamma.apply(crops))
    preprocess(crops, [Component("preprocessing", "gamma", {"gamma": 0.3}), Component("preprocessing", "tan_triggs")])
    np.testing.assert_array_equal(crops, expected)


def test_sets_that_say_too_little(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="noise does not say who is who"):
        labelled_crops(replace(dataset, labels=None), None, ALIGNER, Store(tmp_path))
    with pytest.raises(UserError, match="noise has no annotated faces: give a detector"):
        labelled_crops(replace(dataset, faces=None), None, ALIGNER, Store(tmp_path))
    nobody = replace(dataset, labels=-np.ones(12))
    assert labelled_crops(nobody, None, ALIGNER, Store(tmp_path))[0].shape == (0, 24, 24, 3)
    assert not list(tmp_path.iterdir())
