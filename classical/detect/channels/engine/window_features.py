"""The window of the channel detector: a face with a little around it, and the cells that are its features."""

import numpy as np

from eigen2arc.classical.detect.channels.engine.channels import CHANNELS, SHRINK_PX, channels, smooth_cells
from eigen2arc.core.checks import check_shape

#: A training crop is larger than the window by a margin on each side, so that the filters see what lies next to it.
CROP_PX = 36
MARGIN_PX = 2
WINDOW_PX = CROP_PX - 2 * MARGIN_PX
WINDOW = WINDOW_PX // SHRINK_PX
FEATURES = CHANNELS * WINDOW * WINDOW

#: Where the face lies in a window, x1 y1 x2 y2 as shares of its side. So it lies in the crops of caltech36: the median
#: points that MTCNN sees in them, laid over those of synthetic faces, put it there to half a pixel.
#: "face": forehead to chin, cheek to cheek, as the generator's truth has it (datasets/generator/truth.py).
#: "head": crown of the bald head to chin, without the ears, as FDDB's guidelines have the ellipse (Jain and
#: Learned-Miller, 2010, figure 4). The generator's median head is 224 mm high and 150 mm wide; its face, 170 mm.
EXTENTS = {
    "face": (5.5 / 32, 1.9 / 32, 26.5 / 32, 30.1 / 32),
    "head": (3.6 / 32, -7.0 / 32, 28.4 / 32, 30.1 / 32),
}
FACE_HEIGHT = EXTENTS["face"][3] - EXTENTS["face"][1]


def window_features(crops: np.ndarray) -> np.ndarray:
    """Compute the features (FEATURES, N) float32 of the windows in the middle of (N, 36, 36) uint8 grey crops.

    Feature (channel * WINDOW + row) * WINDOW + column is a smoothed cell, as soft_cascade.scan() counts them.
    """
    check_shape(crops, f"N {CROP_PX} {CROP_PX}", "crops")
    inside = slice(MARGIN_PX // SHRINK_PX, MARGIN_PX // SHRINK_PX + WINDOW)
    values = np.empty((len(crops), FEATURES), np.float32)
    for row, crop in zip(values, crops, strict=True):
        row[:] = smooth_cells(channels(crop))[:, inside, inside].reshape(-1)
    return np.ascontiguousarray(values.T)


def boxes_in(windows: np.ndarray, extent: str) -> np.ndarray:
    """Convert windows (N, 4) x1 y1 x2 y2 to the boxes of the faces in them; extent : a key of EXTENTS."""
    sides = np.tile(windows[:, 2:] - windows[:, :2], 2)
    return np.tile(windows[:, :2], 2) + sides * np.array(EXTENTS[extent])
