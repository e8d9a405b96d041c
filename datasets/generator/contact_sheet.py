"""A contact sheet, people by factors: the image to check by eye after a change of the generator.

``python -m eigen2arc.datasets.generator.contact_sheet FILE`` draws it again.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from eigen2arc.core.image import write

from .factors import Factors
from .identity import sample_identity
from .render import render

COLUMNS = (
    ("passport", Factors(background=3)),
    ("yaw -35", Factors(yaw_deg=-35.0, background=11)),
    ("yaw 20, up 15", Factors(yaw_deg=20.0, pitch_deg=15.0, background=25)),
    ("roll 20", Factors(roll_deg=20.0, pitch_deg=-8.0, background=6)),
    ("lamp at 70", Factors(light_azimuth_deg=70.0, light_elevation_deg=10.0, ambient_level=0.15, background=9)),
    ("dim, from left", Factors(light_azimuth_deg=-45.0, light_strength=0.4, ambient_level=0.3, background=14)),
    ("smile", Factors(expression=1.0, background=17)),
    ("frown", Factors(expression=-1.0, background=21)),
    ("eyes closed", Factors(eyes_closed=1.0, light_strength=1.3, background=8)),
    ("glasses", Factors(glasses=2, yaw_deg=-10.0, background=30)),
    ("sunglasses", Factors(glasses=3, expression=0.4, background=33)),
    ("mask", Factors(mask=0.95, background=38)),
    ("hand", Factors(hand=0.75, background=41)),
    ("78 years", Factors(age_years=78.0, background=45)),
    ("blur 2 px", Factors(blur_px=2.0, background=51)),
    ("28 px, JPEG 40", Factors(resolution_px=28, jpeg_quality=40, noise_sigma=6.0, background=57)),
)
PEOPLE = (22, 16, 31, 30, 12, 13, 34, 11, 20, 4)
CAPTION_PX = 16


def contact_sheet(people: Sequence[int] = PEOPLE, *, tile_px: int = 96) -> np.ndarray:
    """Draw one row per person, one column per entry of COLUMNS.

    people : seeds of `identity.sample_identity`. tile_px : side of one tile; each is drawn at 160 px, so that blur and
    noise appear as they are, and reduced. Returns (CAPTION_PX + P tile_px, C tile_px, 3) uint8 RGB.
    """
    rows = [_captions(tile_px)]
    for seed in people:
        person = sample_identity(seed)
        images = [render(person, factors).image for _, factors in COLUMNS]
        rows.append(np.hstack([cv2.resize(p, (tile_px, tile_px), interpolation=cv2.INTER_AREA) for p in images]))
    return np.vstack(rows)


def _captions(tile_px: int) -> np.ndarray:
    strip = np.full((CAPTION_PX, len(COLUMNS) * tile_px, 3), 255, np.uint8)
    for column, (caption, _) in enumerate(COLUMNS):
        corner = (column * tile_px + 3, CAPTION_PX - 5)
        cv2.putText(strip, caption, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.34, (40, 40, 40), 1, cv2.LINE_AA)
    return strip


if __name__ == "__main__":
    write(Path(sys.argv[1]), contact_sheet(), jpeg_quality=75)
