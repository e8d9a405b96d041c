"""Who a calibration is made of: halves that share nobody, few images of each, and faces that show enough."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.calibration import people as module
from eigen2arc.compare.calibration.people import MOST_EACH, choose_images, read_people
from eigen2arc.core import plugins
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.progress import progress_bars

NAMES = [f"person {i}" for i in range(60)]
LABELS = np.repeat(np.arange(60), np.arange(60) % 9 + 1)


def test_halves_share_nobody_and_are_all() -> None:
    chosen = {half: choose_images(NAMES, LABELS, half) for half in ("", "first", "second")}
    people = {half: set(LABELS[rows].tolist()) for half, rows in chosen.items()}
    assert not people["first"] & people["second"] and people["first"] | people["second"] == people[""] == set(range(60))
    assert 15 < len(people["first"]) < 45
    for rows in chosen.values():
        assert (np.diff(rows) > 0).all() and np.bincount(LABELS[rows]).max() == MOST_EACH
    # Halves hang on names alone: not on who else is there, nor on the order.
    few = choose_images(NAMES[30:], LABELS[LABELS >= 30] - 30, "first")
    assert set((LABELS[LABELS >= 30][few]).tolist()) == {one for one in people["first"] if one >= 30}


def test_of_many_images_whole_people_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_IMAGES", 40)
    rows = choose_images(NAMES, np.where(LABELS == 3, -1, LABELS))
    assert 35 < len(rows) <= 40 and 3 not in LABELS[rows]
    whole = np.minimum(np.bincount(LABELS), MOST_EACH)
    taken = np.bincount(LABELS[rows], minlength=60)
    assert np.isin(taken - whole, [0, *-whole]).all() and set((taken / whole).tolist()) == {0.0, 1.0}


class Changed:
    """Images of which some are others."""

    def __init__(self, images: object, other: dict[int, np.ndarray]) -> None:
        self._images, self._other, self.names, self.version = images, other, images.names, "changed"

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> np.ndarray:
        return self._other.get(index, self._images[index])


def test_faces_that_show_too_little_are_left_out(tmp_path: Path) -> None:
    drawn = plugins.build("dataset", "synthetic", people=3, images_per_person=3, size_px=112, difficulty=0.0, seed=2)
    dark = np.zeros_like(drawn.images[4])  # as blurred as can be
    dataset = replace(drawn, images=Changed(drawn.images, {4: dark, 7: drawn.images[7][:12, :12]}))
    given = [Component("detector", "fixed_box"), Component("aligner", "box"), Component("encoder", "lbp_histogram")]
    with progress_bars() as progress:
        read = read_people(dataset, np.arange(9), Recognizer(*given, title=""), [], Store(tmp_path), progress, "cpu")
        assert read.left_out == 2 and read.rows.tolist() == [0, 1, 2, 3, 5, 6, 8]
        assert read.person.tolist() == [0, 0, 0, 1, 1, 2, 2] and len(read.vectors) == 7
        crops = given[1].built.align(dataset.images[5], given[0].built.detect([dataset.images[5]])[0])
        assert np.allclose(given[2].built.encode(crops)[0], read.vectors[4])
        unfitted = Recognizer(*given[:2], Component("encoder", "eigenfaces"), title="")
        with pytest.raises(UserError, match="has to be fitted first"):
            read_people(dataset, np.arange(9), unfitted, [], Store(tmp_path), progress)
