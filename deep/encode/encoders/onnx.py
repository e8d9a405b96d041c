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
from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io.onnx_rewrite import rewrite

#: Crops that one run of the network takes. So few stay, with their layers' outputs, in a core's cache: with 32 a
#: MobileFaceNet was measured to need a quarter more time.
BATCH = 4


class OnnxEncoder:
    """Crops to the network's first output, as it comes: lengths of the vectors are left to the cosine matcher.

    The network's input is ``(pixel - mean) * scale`` of an RGB or BGR crop, (N, 3, S, S) or (N, S, S, 3), as the file
    says. A file with a fixed N has to fix it at 1.
    """

    matcher = "cosine"

    def __init__(
        self, session: ort.InferenceSession, name: str, colour: str, scale: float, mean: float, size_px: int
    ) -> None:
        self.session, self.name = session, name
        self.colour, self.scale, self.mean, self.size_px = colour, scale, mean, size_px
        self.batch, self.channels_first = self._read_input()
        vector = self._run(np.zeros((1, size_px, size_px, 3), np.uint8))
        if vector.ndim != 2 or len(vector) != 1:
            raise UserError(f"{name}: expected an output of shape (N, D), got {vector.shape} for one crop")
        self.dimensions = vector.shape[1]

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 RGB crops, S = size_px, as (N, D) float32 vectors, not normalised."""
        n, size_px = check_crops(crops)
        if n and size_px != self.size_px:
            raise UserError(
                f"{self.name}: takes crops of {self.size_px} pixels, got {size_px}; set the aligner's size_px"
            )
        vectors = np.zeros((n, self.dimensions), np.float32)

        def fill(start: int) -> None:
            vectors[start : start + self.batch] = self._run(crops[start : start + self.batch])

        # One batch on each core at the same time: unlike cores that share one batch, none waits for another.
        # The number of threads is torch's, which heeds OMP_NUM_THREADS and the cores this process may use.
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(fill, range(0, n, self.batch)))
        return vectors

    def _run(self, crops: np.ndarray) -> np.ndarray:
        pixels = crops[..., ::-1] if self.colour == "bgr" else crops
        if self.channels_first:
            pixels = pixels.transpose(0, 3, 1, 2)
        values = (pixels.astype(np.float32, order="C") - np.float32(self.mean)) * np.float32(self.scale)
        try:
            return self.session.run(None, {self.session.get_inputs()[0].name: values})[0]
        except Exception as error:  # ONNX Runtime's exceptions have no base class but this
            raise UserError(f"{self.name}: the network fails on {values.shape} crops: {_line(error)}") from error

    def _read_input(self) -> tuple[int, bool]:
        """Crops a run and whether the colours come first, from the shape that the file declares."""
        inputs = self.session.get_inputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            got = ", ".join(f"{i.name} {i.type}" for i in inputs)
            raise UserError(f"{self.name}: expected one input of type tensor(float), got {got}")
        shape = list(inputs[0].shape)
        n, s = 1, self.size_px
        if len(shape) == 4:
            for wanted, channels_first in (((n, 3, s, s), True), ((n, s, s, 3), False)):
                # A name or None in place of a number means that any size is taken.
                if all(want == got or not isinstance(got, int) for want, got in zip(wanted, shape, strict=True)):
                    return (n if isinstance(shape[0], int) else BATCH), channels_first
        raise UserError(
            f"{self.name}: expected an input (N, 3, {s}, {s}) or (N, {s}, {s}, 3), got {tuple(shape)}; "
            "the side of the crops is the setting size_px"
        )


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _providers(device: str) -> list[str]:
    """ONNX Runtime's words for a device setting; its GPU build is a package of its own, whatever torch finds."""
    there = ort.get_available_providers()
    if device == "auto":
        device = "cuda" if "CUDAExecutionProvider" in there else "cpu"
    if device == "cpu":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in there:
        raise UserError("device: the installed ONNX Runtime has no CUDA; take cpu, or install onnxruntime-gpu")
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]


def build(
    *,
    model: str | Path,
    colour: Literal["rgb", "bgr"] = "rgb",
    scale: Positive = 1.0,
    mean: Annotated[float, Ge(0), Le(255)] = 0.0,
    size_px: SidePx = 112,
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> OnnxEncoder:
    """Build the encoder of an ONNX file.

    model : the .onnx file.
    colour : the order of the colours that the network was trained on.
    scale, mean : its input is (pixel - mean) * scale of pixels 0..255. The default fits networks that do this
    themselves; most ArcFace networks want mean 127.5 and scale 1 / 127.5 = 0.00784314.
    """
    if not Path(model).is_file():
        raise UserError(
            f"{model}: there is no such file; the encoder onnx needs the path of an .onnx file as its model"
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors only: they are raised, and said in one line
    try:
        network = rewrite(onnx.load(model)).SerializeToString()
        session = ort.InferenceSession(network, options, providers=_providers(device))
    except UserError:
        raise
    except Exception as error:  # neither library's exceptions have a base class but this
        raise UserError(f"{model}: ONNX Runtime cannot use it ({_line(error)}); is it an ONNX file?") from error
    return OnnxEncoder(session, str(model), colour, float(scale), float(mean), size_px)
