"""What a camera and the world do to a face: blur, few pixels, something in front of it."""

from dataclasses import dataclass

import cv2
import numpy as np

#: The widest blur, standard deviation in 112 pixels.
BLUR_PX = 3.0
#: The fewest pixels that a crop is scaled down to, as a share of its side.
FEWEST = 0.15
#: Sides of what stands in front, as shares of the crop's side.
OCCLUDER = (0.15, 0.45)


@dataclass(frozen=True)
class Degradations:
    """Probability of each augmentation of a crop, 0..1; more than one may hit the same crop."""

    blurred: float = 0.0
    low_resolution: float = 0.0
    occluded: float = 0.0

    def apply(self, crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Degrade one (S, S, 3) uint8 crop; all randomness comes from ``rng``."""
        for share, change in (
            (self.occluded, occluded),
            (self.blurred, blurred),
            (self.low_resolution, low_resolution),
        ):
            if rng.random() < share:
                crop = change(crop, rng)
        return crop


def blurred(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur a crop as if out of focus: by a Gaussian of a width up to BLUR_PX."""
    sigma_px = rng.uniform(0.3, 1) * BLUR_PX * len(crop) / 112
    return cv2.GaussianBlur(crop, (0, 0), sigma_px)


def low_resolution(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lower a crop's resolution as if far away: scale it down, and up again as one of three programs would.

    Down means to FEWEST to half of its pixels a side. As in AdaFace (Kim et al., CVPR 2022), section 4.1, whose
    quality-aware margin needs faces of low quality.
    """
    size_px = len(crop)
    small_px = max(2, round(rng.uniform(FEWEST, 0.5) * size_px))
    up = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]
    small = cv2.resize(crop, (small_px, small_px), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (size_px, size_px), interpolation=up)


def occluded(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cover a crop by a rectangle of one colour, anywhere, as a hand or a scarf would (Zhong et al., AAAI 2020)."""
    size_px = len(crop)
    h, w = (max(1, round(share * size_px)) for share in rng.uniform(*OCCLUDER, 2))
    y, x = rng.integers([size_px - h + 1, size_px - w + 1])
    covered = crop.copy()
    covered[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    return covered
