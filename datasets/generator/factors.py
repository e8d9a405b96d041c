"""The nuisance factors: everything about a photograph that is not the person, each a number that can be varied."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Factors:
    """The nuisance factors of one image: how it is taken. The defaults are a passport photograph.

    Angles are degrees, lengths at the end of a name give the unit, and the rest are 0..1 unless said otherwise.
    """

    yaw_deg: float = 0.0  # positive turns the face to the image's right
    pitch_deg: float = 0.0  # positive looks up
    roll_deg: float = 0.0  # positive turns the head clockwise in the image
    light_azimuth_deg: float = 15.0  # positive comes from the image's right
    light_elevation_deg: float = 30.0  # positive comes from above
    light_strength: float = 1.0  # 0.2 is dim, 1.8 nearly burnt out
    ambient_level: float = 0.5  # the share of light from all around: 0 is a bare lamp, 1 an overcast sky
    expression: float = 0.0  # -1 frown .. 1 broad smile
    eyes_closed: float = 0.0
    glasses: int = 0  # 0 none, 1 wire, 2 thick frame, 3 sunglasses
    mask: float = 0.0  # a surgical mask: how far it is pulled up, 1 reaches the bridge of the nose
    hand: float = 0.0  # a hand in front: 1 covers mouth and nose
    age_years: float = 28.0  # of the same person: wrinkles, greying, sagging
    blur_px: float = 0.0  # standard deviation of a Gaussian, in pixels of the finished image
    noise_sigma: float = 0.0  # of Gaussian sensor noise, in grey levels 0..255
    jpeg_quality: int = 100  # 1..100; 100 leaves the image uncompressed
    resolution_px: int = 0  # side at which the image is taken before it is enlarged; 0 is its own size
    background: int = 0  # seed of the procedural background (and of the sensor noise)


def sample_factors(rng: np.random.Generator, difficulty: float = 0.5) -> Factors:
    """Draw the circumstances of one image.

    difficulty : 0..1; 0 is a studio, 0.5 a press photograph, 1 a street camera: it scales every spread and every chance
    of an occlusion. Raises ValueError for a difficulty outside 0..1.
    """
    if not 0.0 <= difficulty <= 1.0:
        raise ValueError(f"difficulty must lie in 0..1, got {difficulty}")
    spread = 2.0 * difficulty

    def turn(scale: float, limit: float) -> float:
        return float(np.clip(rng.normal(0.0, scale * spread), -limit, limit))

    def chance(probability: float) -> bool:
        return bool(rng.random() < probability * spread)

    def part() -> float:
        return float(rng.uniform(0.3, 1.0))

    hard = spread * rng.random()
    return Factors(
        yaw_deg=turn(13.0, 60.0),
        pitch_deg=turn(6.0, 28.0),
        roll_deg=turn(5.0, 30.0),
        light_azimuth_deg=turn(35.0, 85.0),
        light_elevation_deg=float(np.clip(30.0 + turn(16.0, 50.0), -20.0, 75.0)),
        light_strength=float(np.clip(np.exp(turn(0.16, 0.8)), 0.3, 1.9)),
        ambient_level=float(np.clip(0.5 + turn(0.14, 0.4), 0.1, 0.9)),
        expression=float(np.clip(0.2 * spread + turn(0.4, 1.0), -1.0, 1.0)),
        eyes_closed=part() if chance(0.04) else 0.0,
        glasses=int(rng.integers(1, 4)) if chance(0.10) else 0,
        mask=part() if chance(0.02) else 0.0,
        hand=part() if chance(0.02) else 0.0,
        age_years=float(np.clip(28.0 + abs(turn(9.0, 50.0)), 18.0, 80.0)),
        blur_px=0.6 * hard * float(rng.random()),
        noise_sigma=5.0 * hard * float(rng.random()),
        jpeg_quality=int(np.clip(98 - 22 * hard * rng.random(), 30, 98)),
        resolution_px=int(rng.integers(64, 140)) if chance(0.10) else 0,
        background=int(rng.integers(1, 2**31 - 1)),
    )
