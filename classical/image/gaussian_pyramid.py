"""The Gaussian pyramid: each level is the one below, smoothed and halved.

P. J. Burt, E. H. Adelson, "The Laplacian Pyramid as a Compact Image Code", IEEE Transactions on Communications 31(4),
1983. Symbols as there: g_0 is the image, w the generating kernel, a its middle.
"""

import numpy as np

#: The paper's choice: the equivalent weighting functions of all levels are then close to a Gaussian.
A = 0.4


def generating_kernel(a: float = A) -> np.ndarray:
    """Return w (5,): symmetric, of sum 1, and every pixel below counts equally in the level above (a + 2 c = 2 b)."""
    b, c = 1 / 4, 1 / 4 - a / 2
    return np.array([c, b, a, b, c], np.float32)


def reduce(image: np.ndarray, a: float = A) -> np.ndarray:
    """Reduce an image to half its size, eq. (1).

    g_l(i, j) = sum over m, n = -2..2 of w(m) w(n) g_{l-1}(2i + m, 2j + n).
    (H, W) uint8 to (ceil(H / 2), ceil(W / 2)) uint8, rounded; beyond the border the image is mirrored at its outermost
    pixels. Pixel i of the result lies where pixel 2i was. With a = 3/8 this is OpenCV's pyrDown.
    """
    w = generating_kernel(a)
    padded = np.pad(image, 2, mode="reflect" if min(image.shape) > 2 else "edge").astype(np.float32)
    # w(m, n) = w(m) w(n): first along the columns, every second row only, then along the rows.
    rows, columns = (image.shape[0] + 1) // 2, (image.shape[1] + 1) // 2
    halved = sum(weight * padded[m : m + 2 * rows - 1 : 2] for m, weight in enumerate(w))
    values = sum(weight * halved[:, n : n + 2 * columns - 1 : 2] for n, weight in enumerate(w))
    return np.asarray(np.floor(values + np.float32(0.5)), np.uint8)


def gaussian_pyramid(image: np.ndarray, levels: int) -> list[np.ndarray]:
    """Build the pyramid g_0, ..., g_{levels - 1} of a grey image (H, W) uint8."""
    pyramid = [image]
    while len(pyramid) < levels:
        pyramid.append(reduce(pyramid[-1]))
    return pyramid
