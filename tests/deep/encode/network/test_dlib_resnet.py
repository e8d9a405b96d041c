"""dlib's network: a small one against slow loops, and the whole one against dlib itself."""

from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.dlib_resnet import Plan, load_dlib_resnet
from eigen2arc.deep.weights_io.dlib_models import model_file

#: As many blocks as it takes to meet each case: of one size, halved, and halved where one side is a pixel smaller.
PLAN = Plan(levels=((2, 1), (3, 2), (3, 1)), fc_outputs=5, size_px=35)

MEAN = (120.0, 110.0, 100.0)


def pooled(x: np.ndarray, side: int, stride: int, how: Any) -> np.ndarray:
    height, width = ((one - side) // stride + 1 for one in x.shape[1:])
    made = np.zeros((len(x), height, width))
    for i, j in product(range(height), range(width)):
        made[:, i, j] = how(x[:, i * stride : i * stride + side, j * stride : j * stride + side], axis=(1, 2))
    return made


def convolved(x: np.ndarray, filters: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    side = filters.shape[-1]
    if stride == 1:
        x = np.pad(x, ((0, 0), (side // 2, side // 2), (side // 2, side // 2)))
    maps = [pooled(x * np.ones(1), side, stride, lambda window, axis, f=f: (window * f).sum()) for f in filters]
    return np.stack([one[0] for one in maps]) + bias[:, None, None]


def added(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    made = np.zeros([max(sizes) for sizes in zip(a.shape, b.shape, strict=True)])
    for one in (a, b):
        made[: one.shape[0], : one.shape[1], : one.shape[2]] += one
    return made


class Slow:
    """Computes a network of PLAN's for one crop while it writes it: every layer by itself, with weights that it draws.

    Written from dlib's example and its documentation, not from the port.
    """

    def __init__(self, file: Any, rng: np.random.Generator) -> None:
        self.file, self.rng = file, rng

    def con_affine(self, x: np.ndarray, outputs: int, side: int, stride: int) -> np.ndarray:
        filters, bias, scale, shift = (
            self.rng.normal(size=shape).astype(np.float32)
            for shape in ((outputs, len(x), side, side), *[(outputs,)] * 3)
        )
        filters /= side * len(x) ** 0.5
        self.file.con(filters, bias, stride, 0 if stride > 1 else side // 2)
        self.file.affine(scale, shift)
        return convolved(x, filters, bias, stride) * scale[:, None, None] + shift[:, None, None]

    def relu(self, x: np.ndarray) -> np.ndarray:
        self.file.layer("relu_", b"")
        return np.maximum(x, 0)

    def block(self, x: np.ndarray, outputs: int, stride: int) -> np.ndarray:
        self.file.tag()
        made = self.con_affine(self.relu(self.con_affine(x, outputs, 3, stride)), outputs, 3, 1)
        if stride == 2:
            self.file.tag(), self.file.tag()
            self.file.pool("avg", 2, 2, 2, 2, 0, 0)
            x = pooled(x, 2, 2, np.mean)
        self.file.layer("add_prev_", b"")
        return self.relu(added(made, x))

    def run(self, crop: np.ndarray) -> np.ndarray:
        x = (crop.transpose(2, 0, 1) - np.array(MEAN)[:, None, None]) / 256
        x = self.relu(self.con_affine(x, 2, 7, 2))
        self.file.pool("max", 3, 3, 2, 2, 0, 0)
        x = pooled(x, 3, 2, np.max)
        for outputs, stride in ((2, 1), (3, 2), (3, 1), (3, 2)):
            x = self.block(x, outputs, stride)
        self.file.pool("avg", 0, 0, 1, 1, 0, 0)
        matrix = self.rng.normal(size=(3, 5)).astype(np.float32)
        self.file.fc(matrix)
        return x.mean(axis=(1, 2)) @ matrix


def test_it_is_what_slow_loops_make_of_each_layer(dlib_file: Any, rng: np.random.Generator, tmp_path: Path) -> None:
    crop = rng.integers(0, 256, (35, 35, 3), np.uint8)
    file = dlib_file(35, MEAN)
    slow = Slow(file, rng).run(crop)
    (tmp_path / "small.dat").write_bytes(file.content())
    network = load_dlib_resnet(tmp_path / "small.dat", PLAN)
    with torch.inference_mode():
        vectors = network(torch.from_numpy(np.stack([crop, crop[::-1]]))).numpy()
    assert vectors.shape == (2, 5) and np.abs(slow).max() > 0.1
    np.testing.assert_allclose(vectors[0], slow, rtol=1e-4, atol=1e-4)
    assert not network.training
    with pytest.raises(UserError, match=r"small\.dat: is not the network of dlib that is expected"):
        load_dlib_resnet(tmp_path / "small.dat")


@pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib brings it")
def test_dlibs_own_network_gives_the_same_vectors(rng: np.random.Generator) -> None:
    dlib = pytest.importorskip("dlib")
    path = model_file("dlib_face_recognition_resnet_model_v1.dat")
    noise = rng.integers(0, 256, (2, 150, 150, 3), np.uint8)
    even = np.full((1, 150, 150, 3), 90, np.uint8)
    chips = np.concatenate([noise, even])
    theirs = np.array(dlib.face_recognition_model_v1(path).compute_face_descriptor(list(chips), 0))
    with torch.inference_mode():
        ours = load_dlib_resnet(Path(path))(torch.from_numpy(chips)).numpy()
    assert np.linalg.norm(theirs, axis=1).min() > 1
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
