"""Ears, neck and shoulders."""

import numpy as np

from .identity import Identity
from .mesh import Material, Mesh, grid_mesh
from .smooth import bump, curve
from .surface import Surface


def skin_material(person: Identity, shade: float = 1.0) -> Material:
    """Return the material of untextured skin."""
    red, green, blue = (shade * c for c in person.skin_rgb)
    return Material((red, green, blue), gloss=0.03, softness=0.2)


def ear(person: Identity, surface: Surface, side: float) -> Mesh:
    """Build one ear, `side` -1 left or 1 right in the image: a dish with a rim, hinged at its front edge."""
    size = 1.0 + 0.07 * person.ear_size
    radius, angle = np.linspace(0.0, 1.0, 10)[:, None], np.linspace(0.0, 2.0 * np.pi, 25)[None]
    back = -radius * np.cos(angle) * 16.0 * size
    down = radius * np.sin(angle) * 30.0 * size * (1.0 - 0.12 * np.cos(angle))
    rise = 4.5 * np.exp(-0.5 * ((radius - 0.84) / 0.11) ** 2) - 4.0 * bump(back, down, -3.0, 4.0, 6.0, 9.0)
    rise = rise + 1.8 * np.exp(-0.5 * ((radius - 0.55) / 0.09) ** 2) * (np.cos(angle) < 0.3) - 5.0 * (radius > 0.97)
    stand = np.deg2rad(person.ear_angle_deg)
    from_hinge = back + 13.0 * size
    x = side * (from_hinge * np.sin(stand) + rise * np.cos(stand))
    z = -from_hinge * np.cos(stand) + rise * np.sin(stand)
    half = float(curve(np.array([8.0]), surface.y, surface.half_width)[0])
    hinge = np.array([side * (half - 1.5), 9.0, -2.0])
    lean = 0.22 * down
    points = hinge + np.stack([x, down, z + lean - 2.0], -1)
    return grid_mesh(points, skin_material(person, 0.92))


def neck(person: Identity) -> Mesh:
    """Build a column from under the jaw to the shoulders."""
    y = np.array([40.0, 90.0, 130.0, 160.0, 185.0, 240.0])
    thick = 1.6 * person.jaw_width + 1.2 * person.fullness
    half = np.array([48.0, 50.0, 53.0, 59.0, 90.0, 150.0]) + thick
    front = np.array([30.0, 36.0, 38.0, 40.0, 50.0, 60.0]) + 0.4 * thick
    return _column(y, half, front, np.array([-60.0, -66.0, -70.0, -76.0, -80.0, -84.0]), skin_material(person, 0.93))


def shoulders(person: Identity) -> Mesh:
    """Build the clothes, from the collar down."""
    y = np.array([150.0, 158.0, 172.0, 190.0, 215.0, 250.0, 330.0])
    half = np.array([60.0, 66.0, 92.0, 140.0, 182.0, 205.0, 215.0]) + 2.5 * person.jaw_width
    front = np.array([44.0, 47.0, 56.0, 68.0, 80.0, 90.0, 96.0])
    cloth = Material(person.clothes_rgb, softness=0.1)
    return _column(y, half, front, np.array([-78.0, -80.0, -86.0, -92.0, -98.0, -100.0, -100.0]), cloth)


def _column(y: np.ndarray, half: np.ndarray, front: np.ndarray, back: np.ndarray, material: Material) -> Mesh:
    heights = np.linspace(y[0], y[-1], 26)[:, None]
    angle = np.linspace(-np.pi, np.pi, 41)[None]
    width, ahead, behind = (curve(heights, y, values) for values in (half, front, back))
    middle = 0.5 * (ahead + behind)
    points = np.stack([width * np.sin(angle), heights + 0.0 * angle, middle + (ahead - middle) * np.cos(angle)], -1)
    return grid_mesh(points, material)
