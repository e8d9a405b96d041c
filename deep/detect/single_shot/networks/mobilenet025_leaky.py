"""RetinaFace on a MobileNet with a quarter of the channels and leaky ReLUs, as in "Pytorch_Retinaface".

Its layers have the names and shapes of mobilenet025.py's, so that a public file does not show which one it is for: this
has leaky ReLUs and anchors up to 512 pixels, that ReLUs and small anchors.
"""

from .mobilenet025 import MobileNet025
from .retinaface import LARGE_PX, RetinaFace


def build() -> RetinaFace:
    """Build RetinaFace on a MobileNet of leaky ReLUs. 0.4 M parameters."""
    return RetinaFace(MobileNet025(slope=0.1), channels=64, slope=0.1, sizes_px=LARGE_PX)
