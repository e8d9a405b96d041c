"""ORL and the split into gallery and probes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.orl import build


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for subject in (1, 2, 10):
        (tmp_path / f"orl/s{subject}").mkdir(parents=True)
        for number in (1, 2, 10):
            Image.new("L", (4, 6), 10 * subject + number).save(tmp_path / f"orl/s{subject}/{number}.pgm")
    (tmp_path / "orl/README").write_text("not an image")
    return tmp_path


def test_people_and_images_in_order_of_number(root: Path) -> None:
    orl = build(root=root, train_per_person=2)
    assert orl.people == ("s1", "s2", "s10")
    assert orl.images.names[:4] == ("s1/1.pgm", "s1/2.pgm", "s1/10.pgm", "s2/1.pgm")
    assert orl.labels is not None and orl.labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert orl.fold is not None and orl.fold.tolist() == [0, 0, 1] * 3
    assert orl.training.tolist() == [True, True, False] * 3
    assert orl.images[8].shape == (6, 4, 3) and (orl.images[8] == 110).all()
    assert "the first 2 images" in orl.protocol
    assert "drawn with seed 7: 2 images" in build(root=root, train_per_person=2, split_seed=7).protocol


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "orl/s1").mkdir(parents=True)
    with pytest.raises(UserError, match=r"holds no image(.|\n)*orl/s1/1\.pgm"):
        build(root=tmp_path)


def test_each_person_needs_a_probe(root: Path) -> None:
    with pytest.raises(UserError, match="expected 1 to 2"):
        build(root=root, train_per_person=3)


def test_many_rounds_take_the_place_of_one(root: Path) -> None:
    orl = build(root=root, train_per_person=2, splits=4, split_seed=3)
    assert orl.fold is None and orl.splits is not None and orl.splits.shape == (4, 9)
    assert (orl.splits.reshape(4, 3, 3).sum(axis=2) == 1).all()  # one probe a person
    assert orl.protocol.endswith(
        "4 rounds, each: gallery = drawn with seed 3: 2 images of each person, probes = the others"
    )
    unseeded, zero = (build(root=root, train_per_person=2, splits=4, split_seed=seed) for seed in (None, 0))
    assert np.array_equal(unseeded.splits, zero.splits) and unseeded.protocol == zero.protocol


@pytest.mark.data
def test_the_real_one(data_root: Path) -> None:
    orl = build(root=data_root)
    assert (len(orl.images), len(orl.people)) == (400, 40)
    assert orl.images[0].shape == (112, 92, 3)
    assert orl.fold is not None and np.bincount(orl.fold).tolist() == [200, 200]
    rounds = build(root=data_root, splits=20, split_seed=0).splits
    assert rounds is not None and np.array_equal(np.sum(rounds == 0, axis=1), [200] * 20)
