"""Near duplicates: of boxes that are almost the same, one is enough."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def drop_near_duplicates(boxes: np.ndarray, max_iou: float) -> np.ndarray:
    """Drop of the boxes (N, 4), best first, those whose IoU with a better one that stays is max_iou or more.

    boxes have an area above 0; max_iou : above 0; at 1, only equal boxes are duplicates. Source: greedy non-maximum
    suppression, as core.geometry.nms, for thousands of boxes.
    """
    kept = np.empty_like(boxes)
    areas = np.empty(len(boxes))
    count = 0
    for i in range(len(boxes)):
        x1, y1, x2, y2 = boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3]
        area = np.float64(x2 - x1) * (y2 - y1)
        alone = True
        for k in range(count):
            width = min(x2, kept[k, 2]) - max(x1, kept[k, 0])
            height = min(y2, kept[k, 3]) - max(y1, kept[k, 1])
            if width > 0 and height > 0:
                shared = np.float64(width) * height
                if shared >= max_iou * (area + areas[k] - shared):
                    alone = False
                    break
        if alone:
            kept[count] = boxes[i]
            areas[count] = area
            count += 1
    return kept[:count]
