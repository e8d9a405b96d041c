"""Float against int8: an encoder's file is quantised, and how much it lost and gained is measured on pairs of faces."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import atomic_write
from eigen2arc.core.matchers import cosine
from eigen2arc.core.metrics.verification import accuracy_by_fold
from eigen2arc.core.types import Scores, Trials
from eigen2arc.deep.encode.encoders import onnx as onnx_encoder

from .quantize import quantize_model

#: Crops that the time is taken on, and how often; float and int8 take turns.
TIMED, ROUNDS = 64, 5


@dataclass(frozen=True)
class Comparison:
    """Metrics of an encoder in float and in int8; pairs of numbers are in this order.

    cosine : between a crop's two vectors, its mean and its least. accuracy : 0..1 on the pairs. size_bytes : of the
    files. crops_per_second : of one core, CPU time.
    """

    cosine_mean: float
    cosine_least: float
    accuracy: tuple[float, float]
    size_bytes: tuple[int, int]
    crops_per_second: tuple[float, float]
    calibration_crops: int
    pairs: int


def side_px(model: Path) -> int:
    """Read the side of the crops that an .onnx file takes; 112 where it leaves that open. Raises UserError."""
    try:
        shape = onnx.load(model).graph.input[0].type.tensor_type.shape.dim
    except Exception as error:  # the library's exceptions have no base class but this
        raise UserError(f"{model}: cannot be read as an ONNX file") from error
    sides = {d.dim_value for d in shape[1:]} - {0, 3}
    return sides.pop() if len(sides) == 1 else 112


def check_out(model: Path, out: Path) -> None:
    """Raise UserError for a name that the int8 file cannot have; to be asked before any long work."""
    if out.suffix != ".onnx" or out.resolve() == model.resolve():
        raise UserError(f"{out}: expected another name, one that ends in .onnx")


def quantize_file(
    model: Path, out: Path, calibration: np.ndarray, crops: np.ndarray, trials: Trials, command: str
) -> Comparison:
    """Quantise ``model`` to int8 and write it to ``out``, both .onnx; compare the two.

    calibration : (M, S, S, 3) uint8 crops that ranges are read from; crops : those that ``trials`` is about.
    """
    check_out(model, out)
    if not len(calibration) or not len(trials):
        raise UserError(f"{len(calibration)} crops to calibrate on and {len(trials)} pairs to test on: both are needed")
    side = crops.shape[1]
    exact = onnx_encoder.build(model=model, size_px=side, device="cpu")
    with parsing(model, "cannot be quantised"):
        network = onnx.load(model)
    # A file that fixes the number of crops takes no last batch of fewer.
    used = len(calibration) // exact.batch * exact.batch if exact.fixed else len(calibration)
    if not used:
        raise UserError(f"{model}: takes {exact.batch} crops a run, and there are {len(calibration)} to calibrate on")
    whole = quantize_model(network, exact.network_input(calibration[:used]), exact.batch, str(model))
    metadata = {p.key: p.value for p in whole.metadata_props}
    made = {"quantised_from_sha256": file_digest(model), "quantised_by": command}
    onnx.helper.set_model_props(whole, {**metadata, **made})
    with atomic_write(out) as file:
        file.write(whole.SerializeToString())
    return compare(exact, onnx_encoder.build(model=out, size_px=side, device="cpu"), crops, trials, len(calibration))


def compare(
    exact: onnx_encoder.OnnxEncoder, small: onnx_encoder.OnnxEncoder, crops: np.ndarray, trials: Trials, used: int
) -> Comparison:
    """Compare the vectors, accuracy, file size and speed of a float and an int8 encoder on the same crops.

    used : the number of crops the ranges were read from.
    """
    encoders = (exact, small)
    vectors = [encoder.encode(crops) for encoder in encoders]
    matcher = cosine.build()
    alike = matcher.score_pairs(*vectors)
    scores = [matcher.score_pairs(v[trials.first], v[trials.second]) for v in vectors]
    accuracy = [accuracy_by_fold(Scores(value, trials.same, trials.fold)).mean for value in scores]
    seconds = np.zeros((ROUNDS, 2))
    for turn in seconds:
        for i, encoder in enumerate(encoders):
            start = time.process_time()
            encoder.encode(crops[:TIMED])
            turn[i] = time.process_time() - start
    speed = len(crops[:TIMED]) / np.median(seconds, axis=0)
    size = [Path(encoder.name).stat().st_size for encoder in encoders]
    return Comparison(
        cosine_mean=float(alike.mean()),
        cosine_least=float(alike.min()),
        accuracy=(accuracy[0], accuracy[1]),
        size_bytes=(size[0], size[1]),
        crops_per_second=(float(speed[0]), float(speed[1])),
        calibration_crops=used,
        pairs=len(trials),
    )
