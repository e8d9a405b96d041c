"""Positives for the channel detector: face crops, moved and turned a little, and taken with worse cameras.

There are real crops, and synthetic people who turn away from the camera, which the real ones lack. A detector meets
faces that are tilted, blurred and small, between two scales and two places of the window; a crop from a good photograph
shows none of it.
"""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, FACE_HEIGHT, WINDOW_PX
from eigen2arc.core.image import to_grey
from eigen2arc.core.preprocessing.unsharp_mask import unsharp_mask
from eigen2arc.core.progress import progress_bars
from eigen2arc.datasets.generator.drawn import DrawnImages, identity_seed
from eigen2arc.datasets.generator.factors import Factors, sample_factors

#: Standard deviations: of the turn, which is cut off at two of them, of the logarithm of the scale, and of the shift in
#: pixels of the crop. Windows are half an eighth of an octave and half a cell apart from a face at most.
TURN_DEG = 12.0
LOG_SCALE = 0.06
SHIFT_PX = 0.8

#: The chance of each of a camera's faults, and the standard deviation of the logarithm of the contrast.
CHANCE = 0.2
CONTRAST = 0.2

#: Crops are sharpened by up to so much: small images of faces are smoother than the reduced ones in a pyramid.
SHARPEN = 3.0

#: Of the generator's people; those of `synthetic` with small seeds are left for tests.
PEOPLE_SEED = 4_000

IMAGES_OF_EACH = 4

#: Large enough for a face's box to be about twice as high as in a training crop.
SYNTHETIC_PX = 80

MOST_YAW_DEG = 60.0
DIFFICULTY = 0.45


def varied(crops: np.ndarray, copies: int, rng: np.random.Generator) -> np.ndarray:
    """Move and degrade (N, 36, 36) uint8 crops and their mirror images, each copy anew: (2 * copies * N, 36, 36)."""
    mirrored = np.concatenate([crops, crops[:, :, ::-1]])
    centre = np.full(2, CROP_PX / 2)
    sharper = (unsharp_mask(crop, rng.uniform(0, SHARPEN)) for _ in range(copies) for crop in mirrored)
    return np.stack([degraded(cut(crop, centre, CROP_PX, rng), rng) for crop in sharper])


def cut(grey: np.ndarray, centre: np.ndarray, side_px: float, rng: np.random.Generator) -> np.ndarray:
    """Cut a crop (36, 36) around a centre x y (edges of pixels count from 0), of about side_px, turned and moved.

    Beyond the border lies the mirror image.
    """
    turn_rad = np.radians(np.clip(rng.normal(0, TURN_DEG), -2 * TURN_DEG, 2 * TURN_DEG))
    scale = CROP_PX / side_px * np.exp(rng.normal(0, LOG_SCALE))
    shift = rng.normal(0, SHIFT_PX, 2)
    while scale < 0.5:
        grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        centre, scale = centre / 2, scale * 2
    linear = scale * np.array([[np.cos(turn_rad), -np.sin(turn_rad)], [np.sin(turn_rad), np.cos(turn_rad)]])
    # Pixel i has its middle at i + 1/2.
    offset = CROP_PX / 2 + shift - linear @ (centre - 0.5) - 0.5
    transform = np.concatenate([linear, offset[:, None]], axis=1)
    return np.asarray(
        cv2.warpAffine(grey, transform, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def degraded(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Degrade a crop (36, 36) uint8 as another camera would: contrast, blur, few pixels, noise and JPEG, by chance."""
    image = crop.astype(np.float32)
    middle = image.mean()
    image = (image - middle) * np.exp(rng.normal(0, CONTRAST)) + middle
    if rng.random() < CHANCE:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.1))
    if rng.random() < CHANCE:
        side = int(rng.integers(20, CROP_PX))
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (CROP_PX, CROP_PX), interpolation=cv2.INTER_LINEAR)
    if rng.random() < CHANCE:
        image = image + rng.normal(0, rng.uniform(1, 6), image.shape)
    result = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    if rng.random() < CHANCE:
        _, jpeg = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))])
        result = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    return np.asarray(result)


def annotated_crops(images: Iterable[tuple[np.ndarray, np.ndarray]], rng: np.random.Generator) -> np.ndarray:
    """Cut and degrade crops (N, 36, 36) uint8 around the faces of N RGB images whose boxes (4,) are known.

    Half of them are mirrored, by chance.
    """
    crops = []
    for image, box in images:
        side_px = float(box[3] - box[1]) / FACE_HEIGHT * CROP_PX / WINDOW_PX
        crop = cut(to_grey(image), (box[:2] + box[2:]).astype(np.float64) / 2, side_px, rng)
        crops.append(degraded(crop[:, ::-1] if rng.random() < 0.5 else crop, rng))
    return np.stack(crops)


def synthetic_crops(people: int, rng: np.random.Generator) -> np.ndarray:
    """Draw synthetic people: (IMAGES_OF_EACH * people, 36, 36) uint8 crops, moved and degraded as the real ones are."""
    indices = np.repeat(np.arange(people), IMAGES_OF_EACH).tolist()
    images = DrawnImages(
        tuple(identity_seed(PEOPLE_SEED, index) for index in indices),
        tuple(_factors(rng) for _ in indices),
        tuple(f"{i:06d}" for i in range(len(indices))),
        SYNTHETIC_PX,
    )
    with progress_bars() as bars:
        truths = bars.track(enumerate(images.truths()), len(indices), description="synthetic faces")
        return annotated_crops(((images[i], truth.box) for i, truth in truths), rng)


def _factors(rng: np.random.Generator) -> Factors:
    """Turned by any angle alike; the camera is a perfect one, because degraded() adds the faults."""
    return replace(
        sample_factors(rng, DIFFICULTY),
        yaw_deg=float(rng.uniform(-MOST_YAW_DEG, MOST_YAW_DEG)),
        pitch_deg=float(np.clip(rng.normal(0, 9), -25, 25)),
        blur_px=0.0,
        noise_sigma=0.0,
        jpeg_quality=100,
        resolution_px=0,
    )
