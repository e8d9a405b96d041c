"""Checks of arrays at the border, with messages that name the argument, what was expected and what came."""

import numpy as np


def check_shape(array: np.ndarray, pattern: str, name: str) -> dict[str, int]:
    """Check an array's shape against a pattern such as ``"N 5 2"``.

    A number in the pattern must be met; a letter stands for any size, the same one wherever it occurs again;
    ``_`` stands for any size at all.

    Returns the sizes of the letters, e.g. ``{"N": 7}``. Raises ValueError.
    """
    wanted = pattern.split()
    sizes: dict[str, int] = {}
    fits = array.ndim == len(wanted)
    for size, want in zip(array.shape, wanted, strict=False):
        if want.isdigit():
            fits = fits and size == int(want)
        elif want != "_":
            fits = fits and sizes.setdefault(want, size) == size
    if not fits:
        raise ValueError(f"{name}: expected shape ({', '.join(wanted)}), got {tuple(array.shape)}")
    return sizes


def check_image(image: np.ndarray, name: str = "image") -> tuple[int, int]:
    """Check that an image is uint8 RGB of shape (H, W, 3), neither side 0; returns (H, W). Raises ValueError."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        got = getattr(image, "dtype", type(image).__name__)
        raise ValueError(f"{name}: expected a uint8 RGB array, got {got}")
    sizes = check_shape(image, "H W 3", name)
    if 0 in image.shape:
        raise ValueError(f"{name}: expected at least one pixel, got shape {tuple(image.shape)}")
    return sizes["H"], sizes["W"]


def check_crops(crops: np.ndarray, name: str = "crops") -> tuple[int, int]:
    """Check that crops are uint8 RGB of shape (N, S, S, 3); returns (N, S). N may be 0. Raises ValueError."""
    if crops.dtype != np.uint8:
        raise ValueError(f"{name}: expected uint8 RGB, got {crops.dtype}")
    sizes = check_shape(crops, "N S S 3", name)
    return sizes["N"], sizes["S"]


def check_finite(array: np.ndarray, name: str) -> None:
    """Check that an array holds no NaN or infinity.

    Raises ValueError that says how many there are and where the first one stands.
    """
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}: {int(bad.sum())} of {bad.size} values are not finite, the first at {first}")
