"""The camera: pose of the head, perspective, and the lamp's own view for the shadow map."""

from dataclasses import dataclass

import numpy as np

from .factors import Factors

DISTANCE_MM = 1100.0  # a portrait at arm's length and a little more
FIELD_MM = 300.0  # what a portrait's side spans at the distance of the head
NECK_PIVOT = np.array([0.0, 85.0, -15.0])
FRAME_CENTRE = np.array([0.0, 8.0, 0.0])  # the point of the head that stays in the middle of the image
SHADOW_SIDE = 176
SHADOW_SPAN_MM = 380.0


def head_rotation(factors: Factors) -> np.ndarray:
    """Compute the rotation (3,3) of the head: roll after pitch after yaw, with the signs that `Factors` promises."""
    yaw, pitch, roll = np.deg2rad([factors.yaw_deg, factors.pitch_deg, factors.roll_deg])
    about_y = np.array([[np.cos(yaw), 0.0, np.sin(yaw)], [0.0, 1.0, 0.0], [-np.sin(yaw), 0.0, np.cos(yaw)]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(pitch), -np.sin(pitch)], [0.0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0.0], [np.sin(roll), np.cos(roll), 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(about_z @ about_x @ about_y)


def light_direction(factors: Factors) -> np.ndarray:
    """Compute the unit vector (3,) from the head towards the lamp, in camera axes."""
    azimuth, elevation = np.deg2rad([factors.light_azimuth_deg, factors.light_elevation_deg])
    return np.array([np.sin(azimuth) * np.cos(elevation), -np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])


@dataclass(frozen=True)
class Camera:
    """A pinhole camera at a distance from `target` (3,) mm, facing along -z.

    The image is `size_px` square and spans `field_mm` at the target.
    """

    target: np.ndarray
    size_px: int
    field_mm: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project points (N,3) mm into the image: (N,3) of x, y in pixels, and closeness, 1 / distance in 1 / mm."""
        relative = points - self.target
        near = 1.0 / (DISTANCE_MM - relative[:, 2])
        focal_px = self.size_px * DISTANCE_MM / self.field_mm
        middle = 0.5 * self.size_px
        seen: np.ndarray = np.empty_like(relative)
        seen[:, :2] = middle + focal_px * relative[:, :2] * near[:, None]
        seen[:, 2] = near
        return seen


def framed(rotation: np.ndarray, size_px: int, field_mm: float) -> Camera:
    """Return the camera that keeps a turned head in the middle of a portrait.

    A wider field adds room below, for shoulders.
    """
    target = rotation @ (FRAME_CENTRE - NECK_PIVOT) + NECK_PIVOT
    return Camera(target + np.array([0.0, 0.5 * (field_mm - FIELD_MM), 0.0]), size_px, field_mm)


def lamp_view(points: np.ndarray, light: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Project points (N,3) mm as a distant lamp sees them.

    Returns (N,3): pixels of the shadow map, and closeness in mm (always positive).
    """
    helper = np.array([1.0, 0.0, 0.0]) if abs(light[0]) < 0.8 else np.array([0.0, 1.0, 0.0])
    right = np.cross(helper, light)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(light, right), light])
    scale = SHADOW_SIDE / SHADOW_SPAN_MM
    seen = (points - centre) @ axes.T
    seen *= np.array([scale, scale, 1.0])
    seen += np.array([0.5 * SHADOW_SIDE, 0.5 * SHADOW_SIDE, 1000.0])
    return np.asarray(seen)
