"""A network is tried on drawn people: whether it tells them apart, and so how it wants to be fed.

How far the scores of two images of one person lie from those of two people is measured by d' (Green, Swets, "Signal
detection theory and psychophysics", 1966). On the drawn people, by networks of three origins:

    fed right: a MobileFaceNet trained on photos 3.97, dlib's ResNet 2.92, the shipped network 5.31
    that MobileFaceNet given pixels 0..255 in place of -1..1: 1.46; given -1..1 where it normalises itself: 0.65
    MobileFaceNets that were not trained: 0.85, 1.11, 1.33; bare pixels: 1.10

It cannot tell 0..1 from -1..1 (3.61), nor which colour comes first (3.70).
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from .drawn_people import SIZE_PX, drawn_people
from .ways import WAYS, Feeding

#: From this d' on a network tells people apart: between the smallest of those fed right and the largest of the others.
SEPARATES = 2.0

#: How many times d' is larger for one way than for the other where the probe decides: it was 2.7 and 6.1 times.
CLEARLY = 1.5


class Choice(NamedTuple):
    """A way to feed a network, and how it was found out, in words. separation : the d' that it has so."""

    feeding: Feeding
    found_by: str
    separation: float


def probe_crops(size_px: int) -> np.ndarray:
    """Return the drawn people's crops in the size of a network's, (48, size_px, size_px, 3) uint8 RGB."""
    crops, _ = drawn_people()
    if size_px == SIZE_PX:
        return crops
    how = cv2.INTER_AREA if size_px < SIZE_PX else cv2.INTER_LINEAR
    return np.stack([cv2.resize(crop, (size_px, size_px), interpolation=how) for crop in crops])


def separation(vectors: np.ndarray) -> float:
    """Compute d' of the cosines within and between the drawn people, from their vectors (48, D); 0 for no such."""
    _, person = drawn_people()
    if not np.isfinite(vectors).all():
        return 0.0
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if not lengths.all():
        return 0.0
    units = vectors / lengths
    first, second = np.triu_indices(len(units), 1)
    scores = np.einsum("ij,ij->i", units[first], units[second])
    same = person[first] == person[second]
    spread = np.sqrt((scores[same].var() + scores[~same].var()) / 2)
    return float((scores[same].mean() - scores[~same].mean()) / spread) if spread > 0 else 0.0


def choose(separation_of: Callable[[Feeding], float]) -> Choice:
    """Choose between -1..1 and pixels as they are, for a network of which nothing is known, by d' of either.

    Where that leaves it open it is -1..1, as nearly all networks want that do not say.
    """
    usual, raw = (separation_of(WAYS[name]) for name in ("insightface", "raw"))
    figures = f"d' on drawn people is {usual:.1f} so, {raw:.1f} with pixels 0..255"
    if usual >= SEPARATES and usual >= CLEARLY * raw:
        return Choice(WAYS["insightface"], f"found by a probe, which is clear: {figures}", usual)
    if raw >= SEPARATES and raw >= CLEARLY * usual:
        figures = f"d' on drawn people is {raw:.1f} so, {usual:.1f} with (pixel - 127.5) / 127.5"
        return Choice(WAYS["raw"], f"found by a probe, which is clear: {figures}", raw)
    return Choice(WAYS["insightface"], f"a guess, which a probe leaves open: {figures}", usual)
