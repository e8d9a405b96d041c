"""Calibration: a window is moved and scaled onto its face by the average of the patterns that a network believes in.

Li et al. 2015, sections 3.2.2 and 3.3: where a window lies on a face is learned as one of 45 classes.
"""

import math
from itertools import product

import torch
from torch import Tensor

#: s_n, and x_n as well as y_n.
SCALES, SHIFTS = (0.83, 0.91, 1.0, 1.10, 1.21), (-0.17, 0.0, 0.17)

#: All [s_n, x_n, y_n], (45, 3).
PATTERNS = torch.tensor(list(product(SCALES, SHIFTS, SHIFTS)))

#: The threshold t of (2): a pattern with a higher probability counts.
T = 0.05


def adjust(boxes: Tensor, change: Tensor) -> Tensor:
    """Apply changes [s, x, y], one for each of the boxes or one for all, to (N, 4) boxes, by equation (1).

    The sides become w / s and h / s; left and top move by -x w / s and -y h / s.
    """
    size = (boxes[:, 2:] - boxes[:, :2]) / change[..., :1]
    top_left = boxes[:, :2] - change[..., 1:] * size
    return torch.cat([top_left, top_left + size], dim=1)


def average(logits: Tensor) -> Tensor:
    """Average the patterns above T: logits (N, 45) to the mean [s, x, y] (N, 3), by equations (2) and (3).

    Where there is none above T, no change.
    """
    believed = logits.softmax(dim=1) > T
    Z = believed.sum(dim=1, keepdim=True)
    mean = believed.float() @ PATTERNS.to(logits.device) / Z.clamp(min=1)
    return torch.where(Z > 0, mean, mean.new_tensor([1.0, 0.0, 0.0]))


def nearest_pattern(offsets: Tensor) -> Tensor:
    """Return the pattern (N,) int64 that best takes square windows onto their faces.

    offsets : (N, 4), from the window's sides to those of the face's box, in sides of the window, as in
    training_windows.TrainingWindows. As windows stay square, the face is the square of the same area around its middle.
    The pattern is (1) solved for [s, x, y], each then rounded to the nearest there is: scales by their ratio.
    """
    sides = offsets + offsets.new_tensor([0.0, 0.0, 1.0, 1.0])
    side = (sides[:, 2:] - sides[:, :2]).prod(dim=1, keepdim=True).sqrt()
    top_left = (sides[:, :2] + sides[:, 2:] - side) / 2
    s = _nearest(-side.log(), [math.log(s_n) for s_n in SCALES])
    x, y = _nearest(-top_left / side, SHIFTS).unbind(dim=1)
    return (s[:, 0] * len(SHIFTS) + x) * len(SHIFTS) + y


def _nearest(values: Tensor, choices: list[float] | tuple[float, ...]) -> Tensor:
    return (values[..., None] - values.new_tensor(choices)).abs().argmin(dim=-1)
