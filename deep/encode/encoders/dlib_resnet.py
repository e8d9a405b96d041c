"""dlib's ResNet, what the package face_recognition encodes faces with: 128 numbers, compared by their distance.

Davis King, "High Quality Face Recognition with Deep Metric Learning", dlib's blog, 2017: a ResNet of 29 layers with
half the filters of the usual 34, trained on about 3 million faces of 7,485 people; published 99.38 % on LFW, and 0.6 as
the distance below which two faces are one person's. dlib itself is not needed, only its file of weights: the network
runs in torch, see deep/encode/network/dlib_resnet.py, with the same vectors but for rounding.
"""

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch

from eigen2arc.core.align import dlib_points, template_points
from eigen2arc.core.checks import check_crops
from eigen2arc.core.geometry import similarity_transform, warp
from eigen2arc.deep.encode.network.dlib_resnet import DlibResNet, load_dlib_resnet
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io.dlib_models import model_file

WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"

#: Chips that the network is given at once.
BATCH = 32


class DlibResnet:
    """Crops to 128 numbers of any length, made for the Euclidean distance. crops : build's."""

    matcher = "euclidean"
    trained_with = "identities"

    def __init__(self, network: DlibResNet, crops: str, device: torch.device) -> None:
        self.network, self.crops, self.device = network.to(device), crops, device

    @torch.inference_mode()
    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 RGB crops, made chips of 150 pixels where they are none, as (N, 128) float32."""
        n, _ = check_crops(crops)
        vectors = np.zeros((n, self.network.embedding_size), np.float32)
        for start in range(0, n, BATCH):
            chips = np.stack([self.chip(crop) for crop in crops[start : start + BATCH]])
            vectors[start : start + BATCH] = self.network(torch.from_numpy(chips).to(self.device)).cpu().numpy()
        return vectors

    def chip(self, crop: np.ndarray) -> np.ndarray:
        """Convert a crop (S, S, 3) to the chip (150, 150, 3) that the network was trained on."""
        size_px, chip_px = len(crop), self.network.size_px
        if self.crops == "five_point":
            used = [0, 1, 3, 4]
            source, target = template_points(size_px)[used], dlib_points(chip_px)[used]
            return warp(crop, similarity_transform(source, target), chip_px)
        if size_px == chip_px:
            return crop
        how = cv2.INTER_AREA if size_px > chip_px else cv2.INTER_LINEAR
        return cv2.resize(crop, (chip_px, chip_px), interpolation=how)


def build(
    *,
    crops: Literal["dlib_chip", "five_point"] = "dlib_chip",
    weights: Path | str | None = None,
    device: str = "auto",
) -> DlibResnet:
    """Build the encoder of dlib's network.

    crops : the aligner that the crops come from. Those of five_point, which show less of the chin, are turned into
    chips by the one similarity that lies between the two templates. weights : dlib's file,
    dlib_face_recognition_resnet_model_v1.dat; None for that of the package face_recognition_models, which the extra
    ``dlib`` brings. Raises UserError where the package is missing, and for another file.
    """
    network = load_dlib_resnet(Path(model_file(WEIGHTS) if weights is None else weights))
    return DlibResnet(network, crops, torch_device(device))
