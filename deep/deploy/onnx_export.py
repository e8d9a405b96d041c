"""A trained backbone as an ONNX file: for any ONNX runtime, for the field's clients, and for our encoder `onnx`.

What a network wants to be fed no ONNX file says in a way that all read. InsightFace's client feeds (x - 127.5) / 127.5
to any network but one that has nodes named Sub... and Mul... among its first eight: a file that takes raw pixels names
its own so, and one that takes normalised pixels has no Sub. To other clients the user says it.
"""

import warnings
from pathlib import Path
from typing import Literal

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

#: Pixels as they are, or (pixel - 127.5) / 127.5.
Input = Literal["raw", "normalised"]

#: Said in the file's metadata.
CONVENTION = {
    "input": "rgb: (n, 3, size, size) float32, red, green, blue, {pixels}; faces aligned by 5 points",
    "output": "vectors: (n, D) float32, not normalised; compare by cosine",
}
PIXELS: dict[Input, str] = {
    "raw": "pixels 0..255 as they are",
    "normalised": "(pixel - 127.5) / 127.5 of pixels 0..255",
}

#: What the client of InsightFace looks for among the names of the first nodes, by their operators.
NAMES = {"Sub": "Sub_mean", "Mul": "Mul_scale"}


class FromInput(nn.Module):
    """A backbone that takes pixels, raw or normalised, so that how it normalises them itself is part of the file."""

    def __init__(self, backbone: Backbone, wanted: Input) -> None:
        super().__init__()
        self.backbone, self.wanted = backbone, wanted

    def forward(self, rgb: Tensor) -> Tensor:
        return self.backbone((rgb - 127.5) * (1 / 128) if self.wanted == "raw" else rgb * (127.5 / 128))


def export(weights: Path, out: Path, command: str = "", wanted: Input = "raw") -> float:
    """Export the backbone of a weights file of ours to ``out``, .onnx, as a network that takes ``wanted`` pixels.

    Returns the largest difference to torch's vectors, as a share of their lengths, on crops of noise and smooth ones.
    Raises UserError for files of another kind, and, before anything is written, if the difference is not small.
    """
    if out.suffix != ".onnx":
        raise UserError(f"{out}: expected a name that ends in .onnx")
    backbone = load_backbone(weights)
    model = to_onnx(backbone, wanted)
    metadata = {key: text.format(pixels=PIXELS[wanted]) for key, text in CONVENTION.items()}
    metadata |= {"opset": str(OPSET), "weights_sha256": file_digest(weights), "command": command}
    metadata["trained_with"] = trained_with(weights)
    onnx.helper.set_model_props(model, metadata)
    data = model.SerializeToString()
    error = difference(backbone, data, wanted)
    if not error <= TOLERANCE:
        raise UserError(f"{out}: not written: its vectors would differ from torch's by {error:.1e} of their lengths")
    with atomic_write(out) as file:
        file.write(data)
    return error


def to_onnx(backbone: Backbone, wanted: Input = "raw") -> onnx.ModelProto:
    """Convert a backbone to the ONNX graph that torch.export finds in evaluation mode; the number of crops is free."""
    crops = torch.zeros(2, 3, backbone.size_px, backbone.size_px)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own parts, which the user cannot change
        program = torch.onnx.export(
            FromInput(backbone, wanted).eval(),
            (crops,),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for node in model.graph.node[: len(NAMES)] if wanted == "raw" else ():
        node.name = NAMES[node.op_type]
    return model


def difference(backbone: Backbone, data: bytes, wanted: Input = "raw") -> float:
    """Compute the largest distance of a vector of the ONNX file from torch's, over the length of torch's."""
    crops = probe_crops(backbone.size_px)
    # Untrained, a deep network's vectors may be so long that float32 cannot hold their squares.
    vectors = embed(backbone, crops, torch.device("cpu")).astype(np.float64)
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    rgb = crops.transpose(0, 3, 1, 2).astype(np.float32)
    rgb = rgb if wanted == "raw" else (rgb - 127.5) / 127.5
    got = np.concatenate([session.run(None, {INPUT: part})[0] for part in (rgb[:1], rgb[1:])])  # one, and several
    return float((np.linalg.norm(got - vectors, axis=1) / np.linalg.norm(vectors, axis=1)).max())


def probe_crops(size_px: int) -> np.ndarray:
    """Draw test crops (8, S, S, 3) uint8: noise, and colours that change as slowly as a face's."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (4, size_px, size_px, 3), np.uint8)
    coarse = rng.integers(0, 256, (4, 7, 7, 3), np.uint8)
    smooth = [cv2.resize(crop, (size_px, size_px), interpolation=cv2.INTER_CUBIC) for crop in coarse]
    return np.concatenate([noise, np.stack(smooth)])
