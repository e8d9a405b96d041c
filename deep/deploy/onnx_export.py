"""A trained backbone as an ONNX file that takes plain pixels: for any ONNX runtime, and for our encoder `onnx`."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write
from eigen2arc.deep.encode.encoders.embedding import load_backbone, trained_with
from eigen2arc.deep.encode.network.backbone import Backbone, embed

#: Version of ONNX's operators: new enough for int8 with a scale for each channel, old enough for any runtime in use.
OPSET = 18

#: The file's values may differ from torch's by so much of a vector's length.
TOLERANCE = 1e-4

INPUT, OUTPUT = "rgb", "vectors"

#: Said in the file's metadata.
CONVENTION = {
    "input": "rgb: (n, 3, size, size) float32, red, green, blue, pixels 0..255 as they are; faces aligned by 5 points",
    "output": "vectors: (n, D) float32, not normalised; compare by cosine",
}


class FromPixels(nn.Module):
    """A backbone that takes pixels 0..255, so that its input's range is part of the file and nobody has to know it."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, rgb: Tensor) -> Tensor:
        return self.backbone((rgb - 127.5) / 128)


def export(weights: Path, out: Path, command: str = "") -> float:
    """Export the backbone of a weights file of ours to ``out``, .onnx.

    Returns the largest difference to torch's vectors, as a share of their lengths, on crops of noise and smooth ones.
    Raises UserError for files of another kind, and, before anything is written, if the difference is not small.
    """
    if out.suffix != ".onnx":
        raise UserError(f"{out}: expected a name that ends in .onnx")
    backbone = load_backbone(weights)
    model = to_onnx(backbone)
    metadata = {**CONVENTION, "opset": str(OPSET), "weights_sha256": file_digest(weights), "command": command}
    metadata["trained_with"] = trained_with(weights)
    onnx.helper.set_model_props(model, metadata)
    data = model.SerializeToString()
    error = difference(backbone, data)
    if not error <= TOLERANCE:
        raise UserError(f"{out}: not written: its vectors would differ from torch's by {error:.1e} of their lengths")
    with atomic_write(out) as file:
        file.write(data)
    return error


def to_onnx(backbone: Backbone) -> onnx.ModelProto:
    """Convert a backbone to the ONNX graph that torch.export finds in evaluation mode; the number of crops is free."""
    crops = torch.zeros(2, 3, backbone.size_px, backbone.size_px)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own parts, which the user cannot change
        program = torch.onnx.export(
            FromPixels(backbone).eval(),
            (crops,),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


def difference(backbone: Backbone, data: bytes) -> float:
    """Compute the largest distance of a vector of the ONNX file from torch's, over the length of torch's."""
    crops = probe_crops(backbone.size_px)
    # Untrained, a deep network's vectors may be so long that float32 cannot hold their squares.
    wanted = embed(backbone, crops, torch.device("cpu")).astype(np.float64)
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    rgb = crops.transpose(0, 3, 1, 2).astype(np.float32)
    got = np.concatenate([session.run(None, {INPUT: part})[0] for part in (rgb[:1], rgb[1:])])  # one, and several
    return float((np.linalg.norm(got - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max())


def probe_crops(size_px: int) -> np.ndarray:
    """Draw test crops (8, S, S, 3) uint8: noise, and colours that change as slowly as a face's."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (4, size_px, size_px, 3), np.uint8)
    coarse = rng.integers(0, 256, (4, 7, 7, 3), np.uint8)
    smooth = [cv2.resize(crop, (size_px, size_px), interpolation=cv2.INTER_CUBIC) for crop in coarse]
    return np.concatenate([noise, np.stack(smooth)])
