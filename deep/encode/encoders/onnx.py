"""Any ArcFace-style network in an ONNX file, run by ONNX Runtime."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import onnx
import onnxruntime as ort
import torch

from eigen2arc.core.bounds import Ge, Le, Positive, SidePx
from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError, did_you_mean, first_line, parsing
from eigen2arc.deep.weights_io.insightface_pack import find_network
from eigen2arc.deep.weights_io.onnx_cost import count_multiply_adds, count_parameters
from eigen2arc.deep.weights_io.onnx_input import Range, input_range
from eigen2arc.deep.weights_io.onnx_memory import check_memory
from eigen2arc.deep.weights_io.onnx_rewrite import rewrite
from eigen2arc.deep.weights_io.onnx_session import open_session

#: Crops that one run of the network takes. So few stay, with their layers' outputs, in a core's cache: with 32 a
#: MobileFaceNet was measured to need a quarter more time.
BATCH = 4

#: Crops that a file may fix for a run.
MOST_CROPS = 1024


class OnnxEncoder:
    """Crops to the network's vectors, as they come: lengths are left to the cosine matcher.

    The network's input is ``(pixel - mean) * scale`` of an RGB or BGR crop, (N, 3, S, S) or (N, S, S, 3), as the file
    says. Where it fixes N, the last crops are run together with empty ones. output : the name of the vectors among the
    network's outputs; "" finds them by their shape. trained_with : what the file's metadata say, see core.stages.
    """

    matcher = "cosine"

    def __init__(
        self,
        session: ort.InferenceSession,
        name: str,
        colour: str,
        wanted: Range,
        size_px: int,
        output: str = "",
        trained_with: str = "unknown",
    ) -> None:
        self.session, self.name, self.trained_with = session, name, trained_with
        self.colour, self.wanted, self.size_px = colour, wanted, size_px
        self.shape, self.batch, self.fixed = _input_shape(session, size_px, name)
        self.channels_first = self.shape[1] == 3
        self.output, self.dimensions = self._find_output(output)

    @property
    def parameters(self) -> int:
        """How many numbers the file holds."""
        return count_parameters(onnx.load(self.name))

    @property
    def multiply_adds(self) -> int | None:
        """How many multiply-adds a crop takes, None where the file's graph does not tell."""
        return count_multiply_adds(onnx.load(self.name), self.shape)

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
        """Convert (N, S, S, 3) uint8 RGB crops to what the network takes, float32."""
        pixels = crops[..., ::-1] if self.colour == "bgr" else crops
        if self.channels_first:
            pixels = pixels.transpose(0, 3, 1, 2)
        return (pixels.astype(np.float32, order="C") - np.float32(self.wanted.mean)) * np.float32(self.wanted.scale)

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
            values = np.concatenate([values, np.zeros((self.batch - n, *values.shape[1:]), np.float32)])
        try:
            found = self.session.run(outputs, {self.session.get_inputs()[0].name: values})
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


def _input_shape(session: ort.InferenceSession, size_px: int, name: str) -> tuple[tuple[int, ...], int, bool]:
    """The shape of a run's input, the crops in it, and whether the file fixes their number."""
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)":
        got = ", ".join(f"{i.name} {i.type}" for i in inputs)
        raise UserError(f"{name}: expected one input of type tensor(float), got {got or 'none'}")
    shape, s = list(inputs[0].shape), size_px
    if len(shape) == 4:
        for wanted in ((3, s, s), (s, s, 3)):
            # A name or None in place of a number means that any size is taken.
            if all(want == got or not isinstance(got, int) for want, got in zip(wanted, shape[1:], strict=True)):
                fixed = isinstance(shape[0], int)
                batch = shape[0] if fixed else BATCH
                if not 1 <= batch <= MOST_CROPS:
                    raise UserError(f"{name}: takes {batch} crops a run, expected 1 to {MOST_CROPS}")
                return (batch, *wanted), batch, fixed
    raise UserError(
        f"{name}: expected an input (N, 3, {s}, {s}) or (N, {s}, {s}, 3), got {tuple(shape)}; "
        "the side of the crops is the setting size_px"
    )


def build(
    *,
    model: str | Path,
    colour: Literal["rgb", "bgr"] = "rgb",
    scale: Positive | None = None,
    mean: Annotated[float, Ge(0), Le(255)] | None = None,
    size_px: SidePx = 112,
    output: str = "",
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> OnnxEncoder:
    """Build the encoder of an ONNX file.

    model : the .onnx file, or a folder of InsightFace's, "buffalo_l", whose network for recognition it is then.
    colour : the order of the colours that the network was trained on.
    scale, mean : its input is (pixel - mean) * scale of pixels 0..255. Without either, the network's own constants tell
    whether it normalises pixels itself, or wants -1..1 (mean 127.5, scale 1 / 127.5) or 0..1; with one of them, the
    other is mean 0, scale 1.
    output : the name of the vectors among several outputs; "" finds them by their shape, (N, D).
    """
    if Path(model).is_dir():
        model = find_network(Path(model), "recognition")
    if not Path(model).is_file():
        raise UserError(
            f"{model}: there is no such file; the encoder onnx needs the path of an .onnx file as its model"
        )
    with parsing(model, "ONNX Runtime cannot use it", "Is it an ONNX file?"):
        network = onnx.load(model)
        trained_with = {entry.key: entry.value for entry in network.metadata_props}.get("trained_with", "unknown")
        wanted = input_range(network)
        network = rewrite(network)
        check_memory(network, _declared_shape(network, size_px), str(model))
        session = open_session(network, device)
    if scale is not None or mean is not None:
        wanted = Range(0.0 if mean is None else float(mean), 1.0 if scale is None else float(scale))
    return OnnxEncoder(session, str(model), colour, wanted, size_px, output, trained_with)


def _declared_shape(network: onnx.ModelProto, size_px: int) -> tuple[int, ...]:
    """The shape of a run's input, as far as the file fixes it: else BATCH crops of the side asked for."""
    constants = {tensor.name for tensor in network.graph.initializer}
    inputs = [one for one in network.graph.input if one.name not in constants]
    if not inputs:
        raise ValueError("it has no input")
    sides = [one.dim_value for one in inputs[0].type.tensor_type.shape.dim]
    usual = (BATCH, 3, size_px, size_px) if len(sides) != 4 or sides[3] != 3 else (BATCH, size_px, size_px, 3)
    if len(sides) != 4:
        return usual
    return tuple(side or other for side, other in zip(sides, usual, strict=True))
