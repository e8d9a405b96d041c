"""The identity vector: everything about a person that a photograph does not change."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class Identity:
    """A person's identity: shape and colour of one head.

    Lengths are millimetres, colours are linear-light RGB in 0..1, and every `*_level` runs 0..1.
    Shape parameters without a unit are standard scores: 0 is the average head, +-3 the extremes.
    """

    seed: int  # drives the skin's fine detail: moles, freckles, hair strands, slight asymmetry
    skull_width: float
    skull_height: float
    forehead_width: float
    cheekbone_width: float
    jaw_width: float
    chin_width: float
    chin_projection: float
    face_length_mm: float  # eye line to the underside of the chin
    fullness: float  # hollow cheeks to round ones
    brow_ridge: float
    eye_spacing_mm: float  # between the pupils
    eye_depth: float
    eye_half_width_mm: float
    eye_opening_mm: float  # lid to lid, wide awake
    eye_tilt_deg: float  # outer corner above the inner one
    eyelid_crease_level: float  # 0 is a smooth upper lid
    nose_length_mm: float  # eye line to the base of the nose
    nose_width_mm: float  # across the wings
    nose_projection_mm: float
    nose_bridge: float  # saddle to hump
    nose_tip: float  # drooping to turned up
    mouth_width_mm: float
    mouth_height: float  # how far down between nose and chin the mouth lies
    upper_lip_mm: float
    lower_lip_mm: float
    ear_size: float
    ear_angle_deg: float  # how far the ears stand off the head
    skin_rgb: tuple[float, float, float]
    cheek_redness_level: float
    lip_rgb: tuple[float, float, float]
    iris_rgb: tuple[float, float, float]
    hair_rgb: tuple[float, float, float]
    hair_line_mm: float  # height of the hair line above the eye line
    hair_recession_mm: float  # extra height at the temples
    hair_volume_mm: float  # thickness of the hair over the skull; below 2 is a shaved or bald head
    hair_length_mm: float  # how far it falls below the eye line; below 0 the ears are free
    hair_fringe_mm: float  # how far it falls over the forehead from the hair line
    hair_wave_level: float
    hair_parting: float  # -1 left, 0 none, 1 right
    brow_thickness_mm: float
    brow_height_mm: float  # above the eye line
    brow_arch_mm: float
    brow_density_level: float
    beard_level: float  # density of hair on cheeks and chin
    moustache_level: float
    freckle_level: float
    mole_count: int
    wrinkle_level: float  # how strongly age marks this skin
    clothes_rgb: tuple[float, float, float]


def _skin(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """A skin colour and its melanin level: a walk from light to dark, with an undertone beside it."""
    melanin = float(rng.beta(1.1, 1.6))
    stops = np.array([0.0, 0.3, 0.55, 0.8, 1.0])
    light_to_dark = np.array(
        [[0.68, 0.44, 0.35], [0.56, 0.34, 0.235], [0.40, 0.215, 0.125], [0.22, 0.105, 0.058], [0.115, 0.055, 0.034]]
    )
    colour = np.array([np.interp(melanin, stops, light_to_dark[:, c]) for c in range(3)])
    undertone = rng.normal(0.0, 0.05)
    return colour * np.array([1.0 + undertone, 1.0, 1.0 - 1.5 * undertone]) * rng.normal(1.0, 0.04), melanin


def _hair(rng: np.random.Generator, melanin: float) -> np.ndarray:
    """Black, brown, red or blond; the light colours are common only on light skin."""
    palette = np.array([[0.012, 0.010, 0.009], [0.05, 0.028, 0.016], [0.13, 0.07, 0.035], [0.24, 0.08, 0.028],
                        [0.42, 0.28, 0.12], [0.30, 0.29, 0.28]])  # fmt: skip
    light = np.array([0.12, 0.27, 0.25, 0.10, 0.21, 0.05])
    dark = np.array([0.72, 0.20, 0.05, 0.0, 0.01, 0.02])
    weight = light + (dark - light) * min(1.0, melanin / 0.5)
    return np.asarray(palette[rng.choice(6, p=weight / weight.sum())] * rng.uniform(0.75, 1.25))


def _iris(rng: np.random.Generator, melanin: float) -> np.ndarray:
    palette = np.array([[0.05, 0.025, 0.012], [0.13, 0.065, 0.025], [0.16, 0.15, 0.055], [0.12, 0.21, 0.33],
                        [0.20, 0.25, 0.27]])  # fmt: skip
    light = np.array([0.15, 0.25, 0.2, 0.25, 0.15])
    dark = np.array([0.8, 0.19, 0.01, 0.0, 0.0])
    weight = light + (dark - light) * min(1.0, melanin / 0.45)
    return np.asarray(palette[rng.choice(5, p=weight / weight.sum())] * rng.uniform(0.8, 1.2))


def _triple(colour: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = np.clip(colour, 0.004, 0.95).tolist()
    return red, green, blue


@lru_cache(maxsize=256)
def sample_identity(seed: int) -> Identity:
    """Draw a person.

    seed : 0 or more, the only input: the same seed is the same person on every machine (NumPy's PCG64 stream).
    The draws are independent, except that one hidden factor moves jaw, brow ridge, beard and hair length in common
    and melanin ties skin, hair, iris and lips, because a head that mixes them freely seems assembled.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 0xFACE]))
    robust = float(np.clip(rng.normal(0.0, 1.0), -2.0, 2.0))
    bearded = robust > 0.0

    def score(tied: float = 0.0) -> float:
        return float(np.clip(tied * robust + 1.35 * np.sqrt(1.0 - tied**2) * rng.normal(), -3.0, 3.0))

    def level(mean: float, spread: float, low: float, high: float) -> float:
        return float(np.clip(rng.normal(mean, spread), low, high))

    skin, melanin = _skin(rng)
    hair = _hair(rng, melanin)
    blush = np.array([rng.uniform(0.85, 1.12), rng.uniform(0.46, 0.72), rng.uniform(0.48, 0.72)])
    bald = bearded and rng.random() < 0.13
    length = rng.uniform(30.0, 150.0) if rng.random() < (0.08 if bearded else 0.75) else rng.uniform(-45.0, -10.0)
    return Identity(
        seed=seed,
        skull_width=score(), skull_height=score(), forehead_width=score(), cheekbone_width=score(),
        jaw_width=score(0.65), chin_width=score(0.55), chin_projection=score(0.3),
        face_length_mm=level(114.5 + 3.2 * robust, 6.5, 98.0, 133.0),
        fullness=score(), brow_ridge=score(0.7),
        eye_spacing_mm=level(63.0, 4.2, 53.0, 73.0), eye_depth=score(0.3),
        eye_half_width_mm=level(15.0, 1.5, 11.5, 18.5), eye_opening_mm=level(10.8 - 0.8 * robust, 2.1, 6.2, 15.5),
        eye_tilt_deg=level(3.0, 5.0, -9.0, 15.0), eyelid_crease_level=float(rng.beta(1.6, 1.0)),
        nose_length_mm=level(46.0, 5.0, 35.0, 58.0),
        nose_width_mm=level(34.5 + 1.0 * robust + 6.0 * (melanin - 0.4), 4.4, 24.0, 49.0),
        nose_projection_mm=level(19.0, 3.4, 11.5, 28.0), nose_bridge=score(0.2), nose_tip=score(-0.2),
        mouth_width_mm=level(51.0, 5.2, 38.0, 65.0), mouth_height=score(),
        upper_lip_mm=level(8.4 - 1.2 * robust + 3.0 * (melanin - 0.4), 2.3, 3.0, 14.5),
        lower_lip_mm=level(10.6 - 1.2 * robust + 3.0 * (melanin - 0.4), 2.4, 4.5, 16.5),
        ear_size=score(0.2), ear_angle_deg=level(22.0, 8.0, 8.0, 45.0),
        skin_rgb=_triple(skin), cheek_redness_level=float(rng.beta(1.5, 2.0)),
        lip_rgb=_triple(skin * blush), iris_rgb=_triple(_iris(rng, melanin)), hair_rgb=_triple(hair),
        hair_line_mm=level(63.0, 6.0, 50.0, 80.0),
        hair_recession_mm=float(rng.uniform(2.0, 26.0)) if bearded else float(rng.uniform(0.0, 8.0)),
        hair_volume_mm=1.0 if bald else float(rng.uniform(4.0, 13.0) if length < 0.0 else rng.uniform(8.0, 18.0)),
        hair_length_mm=float(length),
        hair_fringe_mm=float(rng.uniform(8.0, 34.0)) if rng.random() < 0.3 and not bald else 0.0,
        hair_wave_level=float(rng.beta(1.0, 1.6)),
        hair_parting=float(rng.choice([-1.0, 0.0, 1.0])) * float(rng.uniform(0.4, 1.0)),
        brow_thickness_mm=level(5.4 + 1.0 * robust, 1.8, 2.2, 11.0),
        brow_height_mm=level(20.5 - 1.2 * robust, 2.9, 13.5, 28.0),
        brow_arch_mm=level(3.2 - 0.8 * robust, 2.2, -1.5, 8.5), brow_density_level=level(0.85, 0.15, 0.4, 1.0),
        beard_level=float(rng.choice([0.0, 0.3, 1.0], p=[0.5, 0.28, 0.22]) * rng.uniform(0.7, 1.0)) if bearded else 0.0,
        moustache_level=float(rng.random() < 0.45) * float(rng.uniform(0.4, 1.0)) if bearded else 0.0,
        freckle_level=float(rng.beta(0.6, 2.2)) * max(0.0, 1.0 - 1.6 * melanin), mole_count=int(rng.poisson(2.2)),
        wrinkle_level=level(0.75, 0.2, 0.3, 1.0),
        clothes_rgb=_triple(rng.uniform(0.02, 0.6) * rng.uniform(0.25, 1.0, size=3)),
    )  # fmt: skip
