"""Procedural backgrounds: a gradient, blurred blobs, stripes, cloudy noise, or the planes of a room."""

import cv2
import numpy as np

from .smooth import noise


def _colour(rng: np.random.Generator) -> np.ndarray:
    grey = rng.uniform(0.03, 0.75)
    return np.clip(grey * (1.0 + rng.normal(0.0, 0.28, size=3)), 0.01, 0.9).astype(np.float32)


def _gradient(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    corners = np.stack([_colour(rng) for _ in range(4)]).reshape(2, 2, 3)
    middle = corners.mean(axis=(0, 1))
    return np.asarray(cv2.resize(middle + 0.5 * (corners - middle), (width, height), interpolation=cv2.INTER_LINEAR))


def _blobs(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    image = np.ascontiguousarray(_gradient(height, width, rng))
    side = max(height, width)
    for _ in range(int(rng.integers(6, 18))):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(image, centre, int(side * rng.uniform(0.03, 0.16)), _colour(rng).tolist(), -1)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), side * rng.uniform(0.01, 0.04)))


def _stripes(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    angle, count = rng.uniform(0.0, np.pi), rng.uniform(3.0, 14.0)
    wave = np.tanh(4.0 * np.sin(2.0 * np.pi * count * (x * np.cos(angle) + y * np.sin(angle))))
    first, second = _colour(rng), _colour(rng)
    return np.asarray(first + (0.5 + 0.35 * wave)[..., None] * (second - first))


def _cloudy(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    shape = (height, width)
    cloud = 0.6 * noise(shape, (4, 4), rng) + 0.3 * noise(shape, (11, 11), rng) + 0.15 * noise(shape, (40, 40), rng)
    first, second = _colour(rng), _colour(rng)
    return np.asarray(first + np.clip(0.5 + 0.5 * cloud, 0.0, 1.0)[..., None] * (second - first))


def _room(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    image = np.ascontiguousarray(_gradient(height, width, rng))
    for _ in range(int(rng.integers(4, 11))):
        left, top = rng.uniform(-0.1, 0.9) * width, rng.uniform(-0.1, 0.9) * height
        corner = (int(left + rng.uniform(0.08, 0.5) * width), int(top + rng.uniform(0.1, 0.6) * height))
        colour = _colour(rng)
        cv2.rectangle(image, (int(left), int(top)), corner, colour.tolist(), -1)
        cv2.rectangle(image, (int(left), int(top)), corner, (0.5 * colour).tolist(), max(1, width // 80))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(height, width) * rng.uniform(0.002, 0.015)))


def background(height_px: int, width_px: int, seed: int) -> np.ndarray:
    """Draw a backdrop (H,W,3) float32, linear RGB in about 0..1, that depends on `seed` and the size only."""
    rng = np.random.Generator(np.random.PCG64([seed, 0xBAC6]))
    kinds = (_gradient, _blobs, _stripes, _cloudy, _room)
    return kinds[int(rng.integers(len(kinds)))](height_px, width_px, rng)
