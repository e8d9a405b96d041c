"""YuNet: a network of 76 thousand weights that finds faces and five points, OpenCV's own since 4.5.4.

W. Wu, H. Peng, S. Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023. Takes the
.onnx files that cv2.FaceDetectorYN takes, from 2023 on, and gives what that gives; they are run by ONNX Runtime, after
the checks of every file that somebody else made. OpenCV's modules/objdetect/src/face_detect.cpp says how.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch

from eigen2arc.core.bounds import Ge, Le, Share
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError, first_line, parsing
from eigen2arc.core.geometry import nms
from eigen2arc.core.types import Faces
from eigen2arc.deep.weights_io.onnx_memory import check_memory
from eigen2arc.deep.weights_io.onnx_session import open_session

#: Pixels from one cell of a map to the next; a frame is a multiple of the largest.
STRIDES = (8, 16, 32)

#: The maps of each stride, and the numbers that they have for each cell.
MAPS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


class YuNet:
    """The network behind a file. Its settings are build's; a score is the root of its two probabilities' product."""

    def __init__(
        self, session: ort.InferenceSession, name: str, threshold: float, nms_threshold: float, longest_side_px: int
    ) -> None:
        self.session, self.name = session, name
        self.threshold, self.nms_threshold, self.longest_side_px = threshold, nms_threshold, longest_side_px
        self._maps(np.zeros((32, 64, 3), np.uint8))  # it has the maps of a YuNet, or is refused

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces with five points in uint8 RGB images: one Faces each, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            return list(pool.map(self._detect, images))

    def _detect(self, image: np.ndarray) -> Faces:
        height, width = image.shape[:2]
        scale = min(1.0, self.longest_side_px / max(height, width))
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        frame = np.zeros((*(_padded(side) for side in image.shape[:2]), 3), np.uint8)
        frame[: image.shape[0], : image.shape[1]] = image
        maps = self._maps(frame)
        boxes, scores, points = (
            np.concatenate(part)
            for part in zip(*(decode(maps, stride, frame.shape[1] // stride) for stride in STRIDES), strict=True)
        )
        passed = (scores >= self.threshold) & np.isfinite(boxes).all(axis=1)
        boxes, scores, points = boxes[passed] / scale, scores[passed], points[passed] / scale
        kept = nms(boxes, scores, self.nms_threshold)
        return Faces(boxes[kept], scores[kept], points[kept])

    def _maps(self, frame: np.ndarray) -> dict[str, np.ndarray]:
        """The network's maps of a frame (H, W, 3), by name: (H / stride * W / stride, numbers) each."""
        pixels = frame[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32)
        names = [f"{kind}_{stride}" for kind in MAPS for stride in STRIDES]
        try:
            found = self.session.run(names, {self.session.get_inputs()[0].name: pixels})
        except Exception as error:  # ONNX Runtime's exceptions have no base class but this
            raise UserError(f"{self.name}: is no YuNet that can be run ({first_line(error)})") from error
        cells = [frame.shape[0] // stride * (frame.shape[1] // stride) for stride in STRIDES]
        wanted = [(1, count, numbers) for numbers in MAPS.values() for count in cells]
        for name, one, shape in zip(names, found, wanted, strict=True):
            if one.shape != shape:
                raise UserError(f"{self.name}: is no YuNet: expected {name} of shape {shape}, got {one.shape}")
        return {name: one[0] for name, one in zip(names, found, strict=True)}


def _padded(side_px: int) -> int:
    """The side of the frame that an image of that side lies in."""
    return -(-side_px // STRIDES[-1]) * STRIDES[-1]


def free_size(graph: onnx.GraphProto) -> None:
    """Let a graph take images of any size: the one that a file names is only that of the image it was exported with."""
    for number, side in enumerate(graph.input[0].type.tensor_type.shape.dim):
        if number >= 2:
            side.dim_param = f"side_{number}"
    del graph.value_info[:]
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")


def decode(maps: dict[str, np.ndarray], stride: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decode the maps of one stride: boxes (N, 4), scores (N,) 0..1 and points (N, 5, 2), one of each for every cell.

    A box's centre lies beside the cell's upper left corner, in strides, and its sides are exponents of strides.
    """
    cls, obj, bbox, kps = (maps[f"{kind}_{stride}"] for kind in MAPS)
    cell = np.column_stack([np.arange(len(cls)) % columns, np.arange(len(cls)) // columns]).astype(np.float32)
    centre = (cell + bbox[:, :2]) * stride
    with np.errstate(over="ignore"):
        half = np.exp(bbox[:, 2:]) * stride / 2
    scores = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
    points = (kps.reshape(-1, 5, 2) + cell[:, None]) * stride
    return np.concatenate([centre - half, centre + half], axis=1), scores, points


def build(
    *,
    model: str | Path,
    threshold: Share = 0.9,
    nms_threshold: Share = 0.3,
    longest_side_px: Annotated[int, Ge(32), Le(8192)] = 1920,
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> YuNet:
    """Build the detector of an ONNX file of YuNet's, e.g. face_detection_yunet_2023mar.onnx.

    model : the .onnx file. threshold : least score of a face; OpenCV's is 0.9. nms_threshold : of two boxes with a
    higher intersection over union the worse is dropped. longest_side_px : a larger image is scaled down to it, which
    bounds memory.
    """
    if not Path(model).is_file():
        raise UserError(f"{model}: there is no such file; the detector yunet needs the path of its .onnx file as model")
    with parsing(model, "ONNX Runtime cannot use it", "Is it an ONNX file of YuNet's?"):
        network = onnx.load(model)
        free_size(network.graph)
        side_px = _padded(longest_side_px)
        check_memory(network, (1, 3, side_px, side_px), str(model), f"an image of {side_px} x {side_px} pixels")
        session = open_session(network, device)
    return YuNet(session, str(model), threshold, nms_threshold, longest_side_px)
