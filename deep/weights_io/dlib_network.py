"""Networks that dlib wrote (its .dat files): the weights of a chain of layers that is known beforehand.

dlib's file says nothing of the network but the numbers of its C++ types, so whoever reads one has to know the chain:
here it is a list of Layer, and every number of the file is checked against it. Nothing in the file is run, and no more
memory is taken than the file is long.

Format (dlib/serialize.h, and serialize() of each layer in dlib/dnn/layers.h and dlib/dnn/core.h): a whole number is a
byte with the count of the bytes that follow, its upper bit the sign, and these bytes, the lowest first; a floating
number is a mantissa and an exponent of 2, two whole numbers; a text is its length and its bytes; a bool is "0" or "1".
A tensor is a version, four sizes, and its float32, the lowest byte first. A network is the version of every layer from
the last to the first, then what each layer holds, from the first to the last.
"""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from eigen2arc.core.errors import parsing

#: The name under which dlib writes each kind, with its version; a tag and a skip hold nothing.
NAMES = {
    "con": "con_4",
    "affine": "affine_",
    "relu": "relu_",
    "max_pool": "max_pool_2",
    "avg_pool": "avg_pool_2",
    "add_prev": "add_prev_",
    "fc_no_bias": "fc_2",
}

#: The versions of a layer with content, of a tag or a skip, and of the first layer, which holds the input.
VERSION, VERSION_OF_TAG, VERSION_OF_FIRST = 2, 1, 3


class Layer(NamedTuple):
    """A layer of a chain, named as in dlib.

    outputs : channels that it gives, of those layers that have weights. inputs : channels that it takes, of con and
    fc_no_bias. side, stride, padding : of con and the pools; a pool with side 0 takes the whole map.
    """

    kind: Literal["con", "affine", "relu", "max_pool", "avg_pool", "add_prev", "tag", "skip", "fc_no_bias"]
    outputs: int = 0
    inputs: int = 0
    side: int = 0
    stride: int = 1
    padding: int = 0


class Weights(NamedTuple):
    """What a file holds: input_mean (3,) float32, red, green and blue, and of each layer with weights its arrays.

    con : filters (outputs, inputs, side, side) and bias (outputs,). affine : scale and shift, (outputs,) each.
    fc_no_bias : matrix (inputs, outputs), by which a row of inputs is multiplied from the right.
    """

    input_mean: np.ndarray
    arrays: list[tuple[np.ndarray, ...]]


def read_network(path: Path, layers: Sequence[Layer], input_px: int) -> Weights:
    """Read the weights of a network with dlib's metric loss, over crops of ``input_px`` pixels.

    layers : from the first, a con, to the last. Raises UserError, which names the file, for any other content.
    """
    with parsing(path, "is not the network of dlib that is expected", "Is it dlib's own file?"), path.open("rb") as raw:
        file = _File(raw)
        file.expect(1, "the version of a loss")
        file.expect_text("loss_metric_2")
        for _ in range(2):  # how it was trained: the margin, and the distance that it aimed at
            file.real()
        for layer in reversed(layers[1:]):
            bare = layer.kind in ("tag", "skip")
            file.expect(VERSION_OF_TAG if bare else VERSION, f"the version of a {layer.kind}")
        file.expect(VERSION_OF_FIRST, "the version of the first layer")
        file.expect_text("input_rgb_image_sized")
        mean = np.array([file.real() for _ in range(3)], np.float32)
        file.expect_all((input_px, input_px), "the side of a crop")
        arrays = []
        for place, layer in enumerate(layers):
            if layer.kind in ("tag", "skip"):
                continue
            file.expect_text(NAMES[layer.kind])
            if found := _read_layer(file, layer):
                arrays.append(found)
            for _ in range(3):  # the states of a training
                file.boolean()
            for _ in range(3):
                file.tensor((0, 0, 0, 0))
            if place == 0:
                file.expect(1, "the crops of an image")
        file.end()
        if not all(np.isfinite(one).all() for one in (mean, *(array for found in arrays for array in found))):
            raise ValueError("some of its numbers are not finite")
    return Weights(mean, arrays)


def _read_layer(file: "_File", layer: Layer) -> tuple[np.ndarray, ...]:
    """What a layer holds behind its name: its arrays, none where it has no weights."""
    n, m, side = layer.outputs, layer.inputs, layer.side
    if layer.kind == "con":
        numbers = file.tensor((n * m * side * side + n, 1, 1, 1))
        file.expect_all((n, side, side, layer.stride, layer.stride, layer.padding, layer.padding), "the sizes of a con")
        file.views((n, m, side, side), (1, n, 1, 1))
        file.rates()
        return numbers[:-n].reshape(n, m, side, side), numbers[-n:]
    if layer.kind == "affine":
        numbers = file.tensor((2 * n, 1, 1, 1))
        file.views((1, n, 1, 1), (1, n, 1, 1))
        file.expect(0, "the mode of an affine layer, one for maps,")
        return numbers[:n], numbers[n:]
    if layer.kind == "fc_no_bias":
        file.expect_all((n, m), "the sizes of a fc")
        numbers = file.tensor((m, n, 1, 1))
        file.views((m, n, 1, 1), (0, 0, 0, 0))
        file.expect(1, "the mode of a fc, one without bias,")
        file.rates()
        return (numbers.reshape(m, n),)
    if layer.kind in ("max_pool", "avg_pool"):
        file.expect_all((side, side, layer.stride, layer.stride, layer.padding, layer.padding), "the sizes of a pool")
    return ()


class _File:
    """The numbers of a file of dlib's, one after the other. Raises ValueError for what is not expected."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size

    def _bytes(self, count: int) -> bytes:
        if count > self.size - self.file.tell():
            raise ValueError("it ends too early")
        return self.file.read(count)

    def whole(self) -> int:
        """Read a whole number."""
        (control,) = self._bytes(1)
        count = control & 0x0F
        if control & 0x70 or not 1 <= count <= 8:
            raise ValueError(f"no number begins with the byte {control} at {self.file.tell() - 1}")
        value = int.from_bytes(self._bytes(count), "little")
        return -value if control & 0x80 else value

    def real(self) -> float:
        """Read a floating number."""
        mantissa, exponent = self.whole(), self.whole()
        if abs(exponent) > 1000:
            raise ValueError("a number in it is not finite")
        return math.ldexp(mantissa, exponent)

    def boolean(self) -> bool:
        """Read a bool."""
        found = self._bytes(1)
        if found not in (b"0", b"1"):
            raise ValueError(f"expected 0 or 1 at {self.file.tell() - 1}, got {found!r}")
        return found == b"1"

    def expect(self, wanted: int, what: str) -> None:
        """Read a whole number that has to be this one. what : what it is, for the error."""
        found = self.whole()
        if found != wanted:
            raise ValueError(f"{what} is {found}, expected {wanted}")

    def expect_all(self, wanted: Sequence[int], what: str) -> None:
        """Read whole numbers that have to be these."""
        for one in wanted:
            self.expect(one, what)

    def expect_text(self, wanted: str) -> None:
        """Read a text that has to be this one."""
        length = self.whole()
        found = self._bytes(length) if 0 <= length <= 64 else b"..."
        if found != wanted.encode():
            raise ValueError(f"expected {wanted}, got {found.decode(errors='backslashreplace')}")

    def tensor(self, shape: tuple[int, int, int, int]) -> np.ndarray:
        """Read a tensor that has to be of this shape, as (its size,) float32."""
        self.expect(2, "the version of a tensor")
        self.expect_all(shape, "the shape of a tensor")
        return np.frombuffer(self._bytes(4 * math.prod(shape)), "<f4").astype(np.float32)

    def views(self, *shapes: tuple[int, int, int, int]) -> None:
        """Read the shapes under which a layer looks at parts of its numbers: they have to be these."""
        for shape in shapes:
            self.expect(1, "the version of a view")
            self.expect_all(shape, "the shape of a view")

    def rates(self) -> None:
        """Read past a layer's learning rates and weight decays."""
        for _ in range(4):
            self.real()

    def end(self) -> None:
        """Check that nothing follows."""
        if self.file.tell() != self.size:
            raise ValueError(f"{self.size - self.file.tell()} bytes follow its end")
