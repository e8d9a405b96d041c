"""Aligned crops are read where they lie, faces in pictures from the file that they were cut into."""

from pathlib import Path

import numpy as np

from eigen2arc.core import image
from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.deep.encode.data.crops import CropImages, CutCrops, crops_of


def files(folder: Path, side: int) -> FileImages:
    for number in range(4):
        shade = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
        image.write(folder / f"{number}.png", shade)
    (folder / "2.png").write_bytes(b"no picture")
    return FileImages(folder, tuple(f"{n}.png" for n in range(4)))


def test_crops_are_read_and_damaged_ones_noted(tmp_path: Path) -> None:
    images = files(tmp_path, 32)
    crops = crops_of(Dataset("made up", images), tmp_path / "out", size_px=32, jitter=0.02, seed=0)
    assert isinstance(crops, CropImages) and len(crops) == 4 and not (tmp_path / "out").exists()
    np.testing.assert_array_equal(crops.read(1), images[1])
    assert crops.read(2) is None and crops.read(2) is None
    assert list(crops.damaged) == [2] and "2.png" in crops.damaged[2]


def test_crops_of_another_size_are_scaled(tmp_path: Path) -> None:
    images = files(tmp_path, 32)
    halves = images[0].reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(CropImages(images, 16).read(0), halves, atol=0.51)


def test_annotated_faces_are_cut_once(tmp_path: Path) -> None:
    truth = Faces(np.array([[0, 0, 112, 112]]), np.ones(1), TEMPLATE_112[None])
    images = files(tmp_path, 112)
    annotated = Dataset("made up", images, faces=(truth,) * 4)
    for _ in range(2):
        crops = crops_of(annotated, tmp_path / "out", size_px=112, jitter=0.0, seed=0)
        assert isinstance(crops, CutCrops) and len(crops) == 4
        np.testing.assert_array_equal(crops.read(3), images[3])
        assert crops.read(2) is None and "2.png" in crops.damaged[2]
