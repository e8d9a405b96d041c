"""SCRFD: InsightFace's detector, the one of its packs, faces and five points in one pass.

J. Guo, J. Deng, A. Lattas, S. Zafeiriou, "Sample and Computation Redistribution for Efficient Face Detection", ICLR
2022. Takes the .onnx files of InsightFace, and gives what that gives; they are run by ONNX Runtime. InsightFace's
python-package/insightface/model_zoo/scrfd.py says how.
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

from eigen2arc.core.bounds import Ge, Le, MultipleOf, Share
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError, first_line, parsing
from eigen2arc.core.geometry import nms
from eigen2arc.core.types import Faces
from eigen2arc.deep.weights_io.insightface_pack import find_network
from eigen2arc.deep.weights_io.onnx_memory import check_memory
from eigen2arc.deep.weights_io.onnx_session import open_session

#: Numbers that a map has for each anchor: its score, the distances to the box's sides, and to the points.
SCORE, BOX, POINTS = 1, 4, 10

MEAN, SCALE = np.float32(127.5), np.float32(1 / 128)


class Scrfd:
    """The network behind a file. frame : (height, width) of what it sees; the other settings are build's."""

    def __init__(
        self,
        session: ort.InferenceSession,
        name: str,
        frame: tuple[int, int],
        threshold: float,
        nms_threshold: float,
    ) -> None:
        self.session, self.name, self.frame = session, name, frame
        self.threshold, self.nms_threshold = threshold, nms_threshold
        self._maps(np.zeros((*frame, 3), np.uint8))  # it has the maps of an SCRFD, or is refused

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces in uint8 RGB images: one Faces each, best first; five points where the file has them."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            return list(pool.map(self._detect, images))

    def _detect(self, image: np.ndarray) -> Faces:
        height, width = image.shape[:2]
        # As large as it fits into the frame, which is the training's scale: small images are enlarged.
        scale = min(self.frame[0] / height, self.frame[1] / width)
        size = max(1, int(width * scale)), max(1, int(height * scale))
        frame = np.zeros((*self.frame, 3), np.uint8)
        frame[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
        boxes, scores, points = (
            np.concatenate(part)
            for part in zip(*(decode(maps, stride, self.frame) for stride, maps in self._maps(frame)), strict=True)
        )
        passed = (
            (scores >= self.threshold) & np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] >= boxes[:, :2]).all(axis=1)
        )
        boxes, scores, points = boxes[passed] / scale, scores[passed], points[passed] / scale
        kept = nms(boxes, scores, self.nms_threshold)
        return Faces(boxes[kept], scores[kept], points[kept])

    def _maps(self, frame: np.ndarray) -> list[tuple[int, dict[int, np.ndarray]]]:
        """The network's maps of a frame, each stride with (anchors, numbers) by the numbers that an anchor has."""
        pixels = (frame[None].transpose(0, 3, 1, 2).astype(np.float32) - MEAN) * SCALE
        try:
            found = self.session.run(None, {self.session.get_inputs()[0].name: pixels})
        except Exception as error:  # ONNX Runtime's exceptions have no base class but this
            raise UserError(f"{self.name}: is no SCRFD that can be run ({first_line(error)})") from error
        # Older files have no axis for the image. The finer a map is, the more anchors it has.
        flat = [one.reshape(-1, one.shape[-1]) for one in found if one.ndim in (2, 3)]
        columns = {n: sorted((one for one in flat if one.shape[1] == n), key=len) for n in (SCORE, BOX, POINTS)}
        columns = {numbers: maps[::-1] for numbers, maps in columns.items() if maps}
        strides = [8 * 2**level for level in range(len(columns.get(SCORE, [])))]
        cells = [frame.shape[0] // stride * (frame.shape[1] // stride) for stride in strides]
        lengths = {numbers: [len(one) for one in maps] for numbers, maps in columns.items()}
        if not (
            BOX in columns
            and len(flat) == len(found) == len(columns) * len(strides)
            and all(row == lengths[SCORE] for row in lengths.values())
            and all(count and count % cell == 0 for count, cell in zip(lengths[SCORE], cells, strict=True))
        ):
            got = ", ".join(str(one.shape) for one in found)
            raise UserError(f"{self.name}: is no SCRFD: expected scores, boxes and points by stride, got {got}")
        by_stride = (dict(zip(columns, maps, strict=True)) for maps in zip(*columns.values(), strict=True))
        return list(zip(strides, by_stride, strict=True))


def decode(
    maps: dict[int, np.ndarray], stride: int, frame: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decode the maps of one stride: boxes (N, 4), scores (N,) and points (N, 5, 2), NaN where there are none.

    An anchor is its cell's upper left corner; a box is the distances from there to its four sides, in strides.
    """
    columns = frame[1] // stride
    anchors = len(maps[SCORE]) // (frame[0] // stride * columns)
    cell = np.arange(len(maps[SCORE])) // anchors
    corner = np.column_stack([cell % columns, cell // columns]).astype(np.float32) * stride
    distance = maps[BOX] * stride
    boxes = np.concatenate([corner - distance[:, :2], corner + distance[:, 2:]], axis=1)
    points = np.full((len(boxes), 5, 2), np.nan, np.float32)
    if POINTS in maps:
        points = corner[:, None] + maps[POINTS].reshape(-1, 5, 2) * stride
    return boxes, maps[SCORE][:, 0], points


def build(
    *,
    model: str | Path,
    size_px: Annotated[int, Ge(128), Le(4096), MultipleOf(128)] = 640,
    threshold: Share = 0.5,
    nms_threshold: Share = 0.4,
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> Scrfd:
    """Build the detector of an ONNX file of InsightFace's, e.g. det_10g.onnx.

    model : the .onnx file, or a folder of InsightFace's, "buffalo_l", whose detector it is then. size_px : side of the
    square that images are scaled into, where the file does not fix it. threshold : least score of a face.
    nms_threshold : of two boxes with a higher intersection over union the worse is dropped.
    """
    path = find_network(Path(model), "detection") if Path(model).is_dir() else Path(model)
    if not path.is_file():
        raise UserError(f"{model}: there is no such file or folder; the detector scrfd needs one as its model")
    with parsing(path, "ONNX Runtime cannot use it", "Is it an ONNX file of SCRFD's?"):
        network = onnx.load(path)
        (fed,) = network.graph.input
        sides = [one.dim_value for one in fed.type.tensor_type.shape.dim][2:]
        height, width = (side or size_px for side in sides)
        check_memory(network, (1, 3, height, width), str(path), f"an image of {width} x {height} pixels")
        session = open_session(network, device)
    return Scrfd(session, str(path), (height, width), threshold, nms_threshold)
