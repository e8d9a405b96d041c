"""Any ArcFace-style network in an ONNX file, run by ONNX Runtime."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import onnx
import onnxruntime as ort
import torch

from eigen2arc.core.bounds import Ge, Le, Positive, SidePx
from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError, did_you_mean, first_line, parsing
from eigen2arc.deep.encode.feeding.probe import SEPARATES, choose, probe_crops, separation
from eigen2arc.deep.encode.feeding.ways import WAYS, Feeding, same_for_all
from eigen2arc.deep.weights_io.insightface_pack import find_network
from eigen2arc.deep.weights_io.onnx_cost import count_multiply_adds, count_parameters
from eigen2arc.deep.weights_io.onnx_file import read_network
from eigen2arc.deep.weights_io.onnx_input import input_range
from eigen2arc.deep.weights_io.onnx_memory import check_memory
from eigen2arc.deep.weights_io.onnx_rewrite import rewrite
from eigen2arc.deep.weights_io.onnx_session import open_session

#: Crops that one run of the network takes. So few stay, with their layers' outputs, in a core's cache: with 32 a
#: MobileFaceNet was measured to need a quarter more time.
BATCH = 4

#: Crops that a file may fix for a run.
MOST_CROPS = 1024

#: The side of the crops of a file that takes any.
USUAL_PX = 112

#: What an input may be made of.
KINDS: dict[int, type[np.generic]] = {
    onnx.TensorProto.FLOAT: np.float32,
    onnx.TensorProto.FLOAT16: np.float16,
    onnx.TensorProto.DOUBLE: np.float64,
    onnx.TensorProto.UINT8: np.uint8,
}


@dataclass(frozen=True)
class Input:
    """What a network takes in a run.

    shape : (N, 3, H, W) or (N, H, W, 3). fixed : whether the file fixes N. kind : the type of its numbers.
    """

    name: str
    shape: tuple[int, ...]
    fixed: bool
    kind: type[np.generic]

    @property
    def channels_first(self) -> bool:
        """Whether the colours come before the rows."""
        return self.shape[1] == 3

    @property
    def sides(self) -> tuple[int, int]:
        """The height and the width of a crop as the network takes it."""
        return (self.shape[2], self.shape[3]) if self.channels_first else (self.shape[1], self.shape[2])


class OnnxEncoder:
    """Crops to the network's vectors, as they come: lengths are left to the cosine matcher.

    feeding : what the network is given of a crop. Of a crop that is wider than its input the middle is taken, as
    SphereFace and CosFace cut 96 columns out of 112. Where the file fixes how many crops there are in a run, the last
    ones are run together with empty ones. output : the name of the vectors among the network's outputs; "" finds them
    by their shape. trained_with : what the file's metadata say, see core.stages.
    """

    matcher = "cosine"

    def __init__(
        self,
        session: ort.InferenceSession,
        name: str,
        takes: Input,
        output: str = "",
        trained_with: str = "unknown",
    ) -> None:
        self.session, self.name, self.trained_with = session, name, trained_with
        self.takes, self.shape, self.batch, self.fixed = takes, takes.shape, takes.shape[0], takes.fixed
        self.size_px = takes.sides[0]
        self.feed(WAYS["raw"], "")
        self.output, self.dimensions = self._find_output(output)

    @property
    def parameters(self) -> int:
        """How many numbers the file holds."""
        return count_parameters(onnx.load(self.name))

    @property
    def multiply_adds(self) -> int | None:
        """How many multiply-adds a crop takes, None where the file's graph does not tell."""
        return count_multiply_adds(onnx.load(self.name), self.shape)

    def feed(self, feeding: Feeding, found_by: str, separation: float | None = None) -> None:
        """Set how the network is fed.

        found_by : how that was found out, in words. separation : d' on the drawn people so, where it is known.
        """
        self.feeding, self.found_by, self._separation = feeding, found_by, separation

    def find_feeding(self, colour: str) -> None:
        """Find out by a probe on drawn people how a network is fed that says nothing; the colours' order is told."""

        def separation_of(feeding: Feeding) -> float:
            self.feed(feeding.in_order(colour), "")
            return self._probe()

        choice = choose(separation_of)
        self.feed(choice.feeding.in_order(colour), choice.found_by, choice.separation)

    @property
    def remarks(self) -> str:
        """How the network is fed, how that was found out, and a warning where it tells nobody apart so: one line."""
        if self._separation is None:
            self._separation = self._probe()
        height, width = self.takes.sides
        columns = "" if width == height else f", the middle {width} columns of {height}"
        said = f"fed {self.feeding}{columns}: {self.found_by}"
        if self._separation < SEPARATES:
            figures = f"d' {self._separation:.1f}, expected {SEPARATES:g} or more"
            said += (
                f". WARNING: so it does not tell drawn people apart ({figures}): if it is a network for faces, try "
                f"another preset ({', '.join(WAYS)}), or colour, mean and scale"
            )
        return said

    def _probe(self) -> float:
        return separation(self.encode(probe_crops(self.size_px)))

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 RGB crops, S = size_px, as (N, D) float32 vectors, not normalised."""
        n, size_px = check_crops(crops)
        if n and size_px != self.size_px:
            raise UserError(
                f"{self.name}: takes crops of {self.size_px} pixels, got {size_px}; set the aligner's size_px"
            )
        vectors = np.zeros((n, self.dimensions), np.float32)

        def fill(start: int) -> None:
            vectors[start : start + self.batch] = self._vectors(crops[start : start + self.batch])

        # One batch on each core at the same time: unlike cores that share one batch, none waits for another.
        # The number of threads is torch's, which heeds OMP_NUM_THREADS and the cores this process may use.
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(fill, range(0, n, self.batch)))
        return vectors

    def network_input(self, crops: np.ndarray) -> np.ndarray:
        """Convert (N, S, S, 3) uint8 RGB crops to what the network takes, in its own type."""
        width = self.takes.sides[1]
        left = (self.size_px - width) // 2
        values = self.feeding.apply(crops[:, :, left : left + width])
        if self.takes.channels_first:
            values = values.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(values, self.takes.kind)

    def _vectors(self, crops: np.ndarray) -> np.ndarray:
        """The vectors (n, D) of at most ``batch`` crops; one by one where the network takes no more after all."""
        found: np.ndarray | None = None
        try:
            found = self._run(crops, [self.output])[0]
        except UserError:
            if len(crops) == 1:
                raise
        if found is None or found.shape != (len(crops), self.dimensions):
            if len(crops) == 1 or self.fixed:
                got = "nothing" if found is None else found.shape
                raise UserError(f"{self.name}: {self.output}: expected {(len(crops), self.dimensions)}, got {got}")
            found = np.concatenate([self._vectors(crops[i : i + 1]) for i in range(len(crops))])
        return found

    def _run(self, crops: np.ndarray, outputs: list[str]) -> list[np.ndarray]:
        """The outputs for at most ``batch`` crops: the first n rows of each that has a row a crop."""
        n = len(crops)
        values = self.network_input(crops)
        if self.fixed and n < self.batch:
            values = np.concatenate([values, np.zeros((self.batch - n, *values.shape[1:]), values.dtype)])
        try:
            found = self.session.run(outputs, {self.takes.name: values})
        except Exception as error:  # ONNX Runtime's exceptions have no base class but this
            raise UserError(f"{self.name}: the network fails on {values.shape} crops: {first_line(error)}") from error
        return [one[:n] if np.ndim(one) and len(one) == len(values) else np.asarray(one) for one in found]

    def _find_output(self, output: str) -> tuple[str, int]:
        """The output that has the vectors, by its name or its shape, and their length."""
        names = [one.name for one in self.session.get_outputs()]
        if output and output not in names:
            near = did_you_mean(output, names)
            raise UserError(f"{self.name}: has no output {output!r}: {near}there are {', '.join(names)}")
        names = [output] if output else names
        found = self._run(np.zeros((1, self.size_px, self.size_px, 3), np.uint8), names)
        shapes = {name: one.shape for name, one in zip(names, found, strict=True)}
        fitting = [
            name
            for name, one in zip(names, found, strict=True)
            if one.ndim == 2 and len(one) == 1 and one.shape[1] and one.dtype.kind == "f"
        ]
        # Beside the vector some networks give its length, one number.
        longer = [name for name in fitting if shapes[name][1] > 1] or fitting
        if len(longer) != 1:
            got = ", ".join(f"{shapes[name]}" if len(names) == 1 else f"{name} {shapes[name]}" for name in names)
            told = f"; say which by the setting output, one of {', '.join(longer)}" if longer else ""
            raise UserError(f"{self.name}: expected an output of shape (N, D), got {got} for one crop{told}")
        return longer[0], shapes[longer[0]][1]


def _input(network: onnx.ModelProto, size_px: int | None, name: str) -> Input:
    """What a network takes in a run. size_px : the height of the crops; None for the file's, or USUAL_PX.

    Raises UserError for a network of another kind.
    """
    constants = {tensor.name for tensor in network.graph.initializer}
    fed = [entry for entry in network.graph.input if entry.name not in constants]
    types = [entry.type.tensor_type for entry in fed]
    if len(fed) != 1 or types[0].elem_type not in KINDS:
        names = {number: kind.lower() for kind, number in onnx.TensorProto.DataType.items()}
        got = ", ".join(
            f"{entry.name} of {names.get(one.elem_type, 'no numbers')}" for entry, one in zip(fed, types, strict=True)
        )
        wanted = ", ".join(np.dtype(kind).name for kind in KINDS.values())
        raise UserError(f"{name}: expected one input, an image of {wanted}; got {got or 'none'}")
    # A name in place of a number, or none, means that any is taken.
    sides = [one.dim_value if one.dim_value > 0 else None for one in types[0].shape.dim]
    if len(sides) == 4 and 3 in (sides[1], sides[3]):
        channels_first = sides[1] == 3
        height, width = (sides[2], sides[3]) if channels_first else (sides[1], sides[2])
        side = size_px or height or width or USUAL_PX
        height, width = height or side, width or side
        if height == side and width <= height:
            batch = sides[0] or BATCH
            if batch > MOST_CROPS:
                raise UserError(f"{name}: takes {batch} crops a run, expected 1 to {MOST_CROPS}")
            shape = (batch, 3, height, width) if channels_first else (batch, height, width, 3)
            return Input(fed[0].name, shape, sides[0] is not None, KINDS[types[0].elem_type])
    told = tuple(one.dim_value if one.dim_value > 0 else one.dim_param or None for one in types[0].shape.dim)
    s = size_px or "S"
    raise UserError(
        f"{name}: expected an input (N, 3, {s}, {s}) or (N, {s}, {s}, 3), or one that is narrower, got {told}; "
        "the height of the crops is the setting size_px"
    )


def build(
    *,
    model: str | Path,
    preset: Literal["auto", "insightface", "facenet", "caffe", "raw"] = "auto",
    colour: Literal["rgb", "bgr"] | None = None,
    scale: Positive | None = None,
    mean: Annotated[float, Ge(0), Le(255)] | None = None,
    size_px: SidePx | None = None,
    output: str = "",
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> OnnxEncoder:
    """Build the encoder of an ONNX file.

    model : the .onnx file, or a folder of InsightFace's, "buffalo_l", whose network for recognition it is then.
    preset : how it is fed: "insightface" RGB, (pixel - 127.5) / 127.5; "facenet" RGB, (pixel - 127.5) / 128; "caffe"
    BGR less ImageNet's mean, 103.939 116.779 123.68; "raw" RGB, pixels 0..255. "auto" finds it out: by the network's
    own constants, which tell whether it normalises pixels itself, or wants -1..1 or 0..1; where it has none, by a probe
    on drawn people, which knows pixels 0..255 from -1..1.
    colour : the order of the colours that the network was trained on; None for the preset's, and RGB without one.
    scale, mean : its input is (pixel - mean) * scale of pixels 0..255, in place of a preset's; with one of them, the
    other is mean 0, scale 1.
    size_px : the height of its crops; None for what the file says, and 112 where it takes any.
    output : the name of the vectors among several outputs; "" finds them by their shape, (N, D).
    """
    set_by_hand = scale is not None or mean is not None
    if preset != "auto" and set_by_hand:
        raise UserError(f"onnx: preset {preset} has a mean and a scale: leave those out, or the preset")
    if Path(model).is_dir():
        model = find_network(Path(model), "recognition")
    if not Path(model).is_file():
        raise UserError(
            f"{model}: there is no such file; the encoder onnx needs the path of an .onnx file as its model"
        )
    network = read_network(Path(model))
    takes = _input(network, size_px, str(model))
    with parsing(model, "ONNX Runtime cannot use it"):
        trained_with = {entry.key: entry.value for entry in network.metadata_props}.get("trained_with", "unknown")
        told = input_range(network)
        network = rewrite(network)
        check_memory(network, takes.shape, str(model))
        session = open_session(network, device)
    encoder = OnnxEncoder(session, str(model), takes, output, trained_with)
    order = colour or "rgb"
    if set_by_hand:
        encoder.feed(same_for_all(order, mean or 0.0, 1.0 if scale is None else scale), "as it was set")
    elif preset != "auto":
        encoder.feed(WAYS[preset].in_order(colour or WAYS[preset].colour), f"as the preset {preset} says")
    elif takes.kind == np.uint8:
        encoder.feed(WAYS["raw"].in_order(order), "it takes whole numbers")
    elif told is not None:
        encoder.feed(same_for_all(order, *told), "its first nodes do the rest")
    else:
        encoder.find_feeding(order)
    if takes.kind == np.uint8 and encoder.feeding != WAYS["raw"].in_order(encoder.feeding.colour):
        raise UserError(f"{model}: takes whole numbers, pixels 0..255: leave preset, mean and scale out")
    return encoder
