"""PReLU and max pooling in one pass over memory: half of MTCNN's time on a processor goes by between its convolutions.

A PReLU falls or rises, but only once: the largest value that it takes in a window, it takes at the window's largest or
at its smallest number. So the window is searched first, and the PReLU taken of two numbers.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numba import njit, prange
from torch import Tensor

STRIDE = 2


def prelu_pool(x: Tensor, slope: Tensor, kernel: int) -> Tensor:
    """(N, C, H, W) to the maxima of PReLU(x) in windows of ``kernel`` at a stride of 2, cut at the right and bottom.

    slope : (C,). Equal to max_pool2d(prelu(x, slope), kernel, 2, ceil_mode=True), and computed so where gradients are
    wanted and on other devices.
    """
    if x.device.type != "cpu" or torch.is_grad_enabled():
        return F.max_pool2d(F.prelu(x, slope), kernel, STRIDE, ceil_mode=True)
    n, channels, height, width = x.shape
    size = [-(-(length - kernel) // STRIDE) + 1 for length in (height, width)]
    out = torch.empty((n, channels, *size), memory_format=torch.channels_last)
    pixels = x.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
    _pool(pixels.numpy(), slope.numpy(), kernel, out.permute(0, 2, 3, 1).numpy())
    return out


@njit(parallel=True, cache=True)
def _pool(x: np.ndarray, slope: np.ndarray, kernel: int, out: np.ndarray) -> None:
    """x : (N, H, W, C) float32, out : (N, h, w, C)."""
    _, height, width, channels = x.shape
    n, h, w, _ = out.shape
    for row in prange(n * h):
        image, y = row // h, row % h
        top = STRIDE * y
        highest, lowest = x[image, top].copy(), x[image, top].copy()
        for below in range(top + 1, min(top + kernel, height)):
            for i in range(width):
                for c in range(channels):
                    highest[i, c] = max(highest[i, c], x[image, below, i, c])
                    lowest[i, c] = min(lowest[i, c], x[image, below, i, c])
        for i in range(w):
            left, right = STRIDE * i, min(STRIDE * i + kernel, width)
            for beside in range(left + 1, right):
                for c in range(channels):
                    highest[left, c] = max(highest[left, c], highest[beside, c])
                    lowest[left, c] = min(lowest[left, c], lowest[beside, c])
            for c in range(channels):
                high, low = highest[left, c], lowest[left, c]
                high = high if high > 0 else high * slope[c]
                low = low if low > 0 else low * slope[c]
                out[image, y, i, c] = max(high, low)
