"""Factors varied one at a time, from easy to hard, for the question where a system breaks."""

from dataclasses import dataclass, replace

import numpy as np

from .factors import Factors, sample_factors

MODERATE = 0.2  # difficulty of everything that is not swept


@dataclass(frozen=True)
class Sweep:
    """A factor that is varied, and the values it takes, easiest first."""

    name: str
    levels: tuple[float, ...]


SWEEPS = (
    Sweep("yaw_deg", (0.0, 15.0, 30.0, 45.0, 60.0)),
    Sweep("light_azimuth_deg", (0.0, 25.0, 45.0, 65.0, 85.0)),
    Sweep("blur_px", (0.0, 1.0, 2.0, 3.5, 5.0)),
    Sweep("occlusion", (0.0, 0.25, 0.5, 0.75, 1.0)),
    Sweep("resolution_px", (160.0, 64.0, 40.0, 28.0, 20.0)),
    Sweep("noise_sigma", (0.0, 12.0, 25.0, 45.0, 70.0)),
    Sweep("age_years", (28.0, 40.0, 52.0, 64.0, 78.0)),
    Sweep("expression", (0.0, 0.25, 0.5, 0.75, 1.0)),
)


def reference_factors(rng: np.random.Generator) -> Factors:
    """Draw the passport photograph that every swept image is compared with; only its background is drawn."""
    return Factors(background=int(rng.integers(1, 2**31 - 1)))


def swept_factors(name: str, level: float, rng: np.random.Generator) -> Factors:
    """Draw a moderate image in which the named sweep stands at `level`.

    Yaw, the lamp and expression go to either side by chance; an occlusion is a mask or a hand by chance; the lamp
    loses its share of sky as it moves to the side. Raises ValueError for an unknown name.
    """
    moderate = replace(sample_factors(rng, MODERATE), glasses=0, mask=0.0, hand=0.0, resolution_px=0, eyes_closed=0.0)
    side = float(rng.choice([-1.0, 1.0]))
    if name == "occlusion":
        return replace(moderate, mask=level) if side > 0.0 else replace(moderate, hand=level)
    if name == "light_azimuth_deg":
        return replace(moderate, light_azimuth_deg=side * level, ambient_level=0.5 - 0.4 * level / 85.0)
    changes: dict[str, Factors] = {
        "yaw_deg": replace(moderate, yaw_deg=side * level),
        "expression": replace(moderate, expression=side * level),
        "blur_px": replace(moderate, blur_px=level),
        "resolution_px": replace(moderate, resolution_px=int(level)),
        "noise_sigma": replace(moderate, noise_sigma=level),
        "age_years": replace(moderate, age_years=level),
    }
    if name in changes:
        return changes[name]
    raise ValueError(f"unknown sweep {name!r}, expected one of {[sweep.name for sweep in SWEEPS]}")
