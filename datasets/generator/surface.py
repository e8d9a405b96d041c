"""The bare head: horizontal slices stacked from crown to chin, without nose, eyes or lips.

Head coordinates are millimetres: x to the right of the image, y down, z towards the camera; the origin lies on the
axis of the neck at the height of the eyes. A point of the surface has two parameters, u in -1..1 around the head
(0 is the middle of the face) and v in 0..1 from crown to chin; both are spent mostly on the face.
"""

from dataclasses import dataclass

import numpy as np

from .identity import Identity
from .smooth import curve

_TABLE = np.linspace(-1.0, 1.0, 2049)
_V_KNOTS = np.array([0.0, 0.04, 0.09, 0.15, 0.24, 0.36, 0.90, 0.965, 1.0])


def azimuth_rad(u: np.ndarray) -> np.ndarray:
    """Compute the angle around the head, -pi..pi, for u in -1..1, three times denser in the face than even."""
    return np.asarray(np.pi * (0.35 * u + 0.65 * u * u * u))


@dataclass(frozen=True)
class Surface:
    """The surface of a bare head: slices at heights `y` (K,).

    half_width, front, back : half width, foremost z and rearmost z of each slice. All (K,) millimetres.
    """

    y: np.ndarray
    half_width: np.ndarray
    front: np.ndarray
    back: np.ndarray

    def height(self, v: np.ndarray) -> np.ndarray:
        """Compute y in mm for v in 0..1."""
        top, chin = self.y[0], self.y[-1]
        heights = np.array(
            [top, top + 3.0, top + 12.0, 0.80 * top, 0.56 * top, 0.28 * top, chin - 16.0, chin - 3.0, chin]
        )
        return curve(v, _V_KNOTS, heights)

    def point(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Compute surface points (..., 3) for parameters u, v of shapes that broadcast."""
        angle, y = azimuth_rad(u), self.height(v)
        front, back = curve(y, self.y, self.front), curve(y, self.y, self.back)
        middle = back + 0.46 * (front - back)
        cosine = np.cos(angle)
        # A power below 1 flattens the slice in front, as the plane of a face is flatter than an ellipse.
        depth = np.sign(cosine) * np.abs(cosine) ** 0.96
        z = middle + np.where(cosine > 0.0, front - middle, middle - back) * depth
        x = curve(y, self.y, self.half_width) * np.sin(angle)
        return np.stack([x, y + np.zeros_like(x), z], axis=-1)

    def parameters(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the parameters (u, v) of the point of the front half that lies at frontal position (x, y) in mm."""
        v_table = 0.5 * (_TABLE + 1.0)
        v = np.interp(y, self.height(v_table), v_table)
        sine = np.clip(x / np.maximum(curve(y, self.y, self.half_width), 1e-3), -1.0, 1.0)
        return np.interp(np.arcsin(sine), azimuth_rad(_TABLE), _TABLE), v


def head_surface(person: Identity) -> Surface:
    """Build the bare head of a person, from average measurements of adults moved by the identity's scores."""
    p = person
    crown, chin = -(111.0 + 5.0 * p.skull_height), p.face_length_mm
    y = np.array([1.0, 0.985, 0.935, 0.83, 0.64, 0.42, 0.19, 0.0]) * crown
    y = np.concatenate([y, np.array([0.22, 0.40, 0.57, 0.74, 0.87, 0.94, 0.985, 1.0]) * chin])
    skull, brow, cheek = 76.0 + 2.6 * p.skull_width, 2.2 * p.forehead_width, 70.0 + 2.4 * p.cheekbone_width
    jaw = 2.4 * p.jaw_width + 1.6 * p.fullness
    tip = 2.6 * p.chin_width
    half_width = np.array(
        [1.0, 0.29 * skull, 0.51 * skull, 0.735 * skull, 0.905 * skull + 0.5 * brow, 0.985 * skull + 0.6 * brow,
         skull - 1.5 + brow,         0.5 * (skull + cheek) + 0.3 * brow - 0.5, cheek, cheek - 4.0 + 0.4 * jaw,
         59.5 + 0.9 * jaw, 49.5 + jaw + 0.3 * tip, 38.5 + 0.6 * jaw + tip,
         29.0 + 0.3 * jaw + tip, 16.0 + 0.7 * tip, 1.0]
    )  # fmt: skip
    jut = 2.2 * p.chin_projection
    front = np.array([-6.0, 22.0, 44.0, 65.0, 82.5, 92.5, 94.0, 89.0, 87.0, 87.0, 87.5, 87.0 + 0.5 * jut, 86.5 + jut,
                      84.0 + jut, 75.0 + jut, 60.0])  # fmt: skip
    back = np.array([-14.0, -46.0, -70.0, -88.0, -99.0, -103.0, -102.0, -97.0, -88.0, -72.0, -42.0, -5.0, 28.0, 41.0,
                     50.0, 58.0])  # fmt: skip
    return Surface(y, half_width, front, back)
