"""OpenCV's selective search (`cv2.ximgproc`), the peer that ours is compared with, as one of our plug-ins."""

import cv2
import numpy as np

from eigen2arc.core.checks import check_image


class OpenCVSelectiveSearch:
    """OpenCV's selective search. quality : its mode with 100 groupings instead of the fast one with 12."""

    def __init__(self, *, quality: bool = False) -> None:
        self.quality = quality

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Propose boxes (N, 4) float32 x1 y1 x2 y2 in a uint8 RGB image, in OpenCV's order, drawn by C's rand()."""
        check_image(image)
        search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
        search.setBaseImage(np.ascontiguousarray(image[:, :, ::-1]))
        if self.quality:
            search.switchToSelectiveSearchQuality()
        else:
            search.switchToSelectiveSearchFast()
        boxes = np.array(search.process(), np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        return boxes
