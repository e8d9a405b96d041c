"""FaceNet: facenet-pytorch's Inception-ResNet with its public weights (Schroff et al., CVPR 2015)."""

from pathlib import Path
from typing import Literal
from urllib.error import URLError

import cv2
import numpy as np
import torch

from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError, first_line
from eigen2arc.core.torch_cache import torch_checkpoint
from eigen2arc.deep.encode.network.backbone import Backbone, embed
from eigen2arc.deep.ops.device import torch_device

#: The side of the crops that the network was trained on.
SIZE_PX = 160

#: The files that facenet-pytorch downloads, and what they were trained on.
RELEASE = "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/"
WEIGHTS = {"vggface2": "20180402-114759-vggface2.pt", "casia-webface": "20180408-102900-casia-webface.pt"}


class FaceNet:
    """Crops to 512 numbers of length 1. The input, (pixel - 127.5) / 128, is as fixed as the side of 160 pixels.

    It was trained on faces cut by their box with some margin, not on the five-point template: there it does well
    enough, but expect less than its published accuracy.
    """

    matcher = "cosine"
    trained_with = "identities"

    def __init__(self, network: Backbone, device: torch.device) -> None:
        self.network, self.device = network.to(device), device

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 RGB crops, scaled to 160 pixels where S is another size, as (N, 512) float32."""
        n, size_px = check_crops(crops)
        if n and size_px != SIZE_PX:
            how = cv2.INTER_AREA if size_px > SIZE_PX else cv2.INTER_LINEAR
            crops = np.stack([cv2.resize(crop, (SIZE_PX, SIZE_PX), interpolation=how) for crop in crops])
        return embed(self.network, crops, self.device)


def weights_path(weights: str) -> Path:
    """Return the path at which facenet-pytorch searches for its weights, and puts them."""
    return torch_checkpoint(WEIGHTS[weights])


def build(*, weights: Literal["vggface2", "casia-webface"] = "vggface2", device: str = "auto") -> FaceNet:
    """Build the FaceNet encoder with public weights.

    weights : what it was trained on; facenet-pytorch downloads them once, 110 MB. Raises UserError where there is
    neither a network nor the file.
    """
    from facenet_pytorch import InceptionResnetV1  # here, because it is slow to import and seldom asked for

    chosen, path = torch_device(device), weights_path(weights)
    try:
        network = InceptionResnetV1(pretrained=weights).eval()
    except (URLError, OSError) as error:
        put = f"put the file {RELEASE}{path.name} into {path.parent}"
        raise UserError(f"facenet: its weights could not be downloaded ({error}); {put}") from error
    except MemoryError:
        raise
    except Exception as error:  # whatever torch finds in a damaged file
        raise UserError(f"{path}: is damaged ({first_line(error)}); delete it") from error
    network.embedding_size = 512
    return FaceNet(network, chosen)
