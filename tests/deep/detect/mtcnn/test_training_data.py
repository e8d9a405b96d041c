"""The batches of a cascade's training: they follow from seed and step, and show what their labels say."""

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, PART, POSITIVE


def test_a_batch_follows_from_seed_and_step(squares: Dataset) -> None:
    assert squares.faces is not None
    data = CascadeData(squares.images, squares.faces, 4, (), 12, 24, 60, 7)
    first, other, again = (data.batch(step, 0, 1) for step in (1, 0, 1))
    assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    crops, kind, offsets, points = first
    assert crops.shape == (60, 24, 24, 3) and offsets.shape == (60, 4) and points.shape == (60, 5, 2)
    assert [int((kind == k).sum()) for k in (NEGATIVE, POSITIVE, PART)] == [30, 20, 10]


def test_positive_windows_show_the_face_also_mirrored(squares: Dataset) -> None:
    assert squares.faces is not None
    data = CascadeData(squares.images, squares.faces, 4, (), 12, 24, 240, 7)
    crops, kind, offsets, points = data.batch(0, 0, 1)
    for crop, (x1, y1, x2, y2), five in zip(
        crops[kind == POSITIVE], 24 * offsets[kind == POSITIVE], points[kind == POSITIVE], strict=True
    ):
        box = [max(x1, 0), max(y1, 0), min(24 + x2, 24), min(24 + y2, 24)]
        left, top, right, bottom = (round(float(v)) for v in box)
        outside = torch.ones(24, 24, dtype=torch.bool)
        outside[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = False
        inside = crop[top + 1 : bottom - 1, left + 1 : right - 1].float().mean()
        assert outside.sum() < 20 or inside > crop[outside].float().mean() + 30
        assert five[0, 0] < five[1, 0]


def test_beyond_the_image_a_window_shows_nought_whatever_the_exposure(squares: Dataset) -> None:
    """As R-Net and O-Net see it: images of one grey, so that all else in a crop is bright."""
    assert squares.faces is not None
    names = squares.images.names
    grey = ArrayImages([np.full_like(squares.images[i], 200) for i in range(len(names))], names)
    crops, *_ = CascadeData(grey, squares.faces, 4, (), 12, 24, 240, 7).batch(0, 0, 1)
    beyond = (crops == 0).all(dim=3)
    cut_off = beyond.flatten(1).any(dim=1)
    assert 20 < cut_off.sum() < len(crops) and (crops[~cut_off] > 60).all()
    for crop, black in zip(crops[cut_off], beyond[cut_off], strict=True):
        rows, columns = (~black).any(dim=1), (~black).any(dim=0)
        assert torch.equal(~black, rows[:, None] & columns)  # a rectangle is seen
        # But for its outermost pixels, part of which may lie beyond the image, all of it is bright.
        assert (crop[rows][:, columns][1:-1, 1:-1] > 60).all()


def test_too_few_images_are_refused(squares: Dataset) -> None:
    assert squares.faces is not None
    with pytest.raises(UserError, match="2 images would be trained on and 20 held out: expected at least 16 and 1"):
        CascadeData(squares.images, squares.faces, 20, (), 12, 24, 60, 7)
