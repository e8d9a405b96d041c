"""Images that stand beside a run's metrics, for its report: JPEGs below RUN/pictures, named by their content."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from eigen2arc.core.files import atomic_write
from eigen2arc.core.image import encode


def write_picture(run_dir: Path, image: np.ndarray) -> str:
    """Write an image below RUN/pictures, named by its content, and return its path relative to the run's folder."""
    data = encode(image, ".jpg", jpeg_quality=88)
    name = f"pictures/{hashlib.sha256(data).hexdigest()[:24]}.jpg"
    if not (run_dir / name).exists():
        with atomic_write(run_dir / name) as file:
            file.write(data)
    return name


def shrunk(image: np.ndarray, side_px: int) -> np.ndarray:
    """Scale an image down until its longer side is ``side_px``; a smaller one stays as it is."""
    height, width = image.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
