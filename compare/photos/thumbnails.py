"""The check of a folder of photos for a page: what was found, and the images beside it."""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from eigen2arc.compare.runner.pictures import shrunk, write_picture
from eigen2arc.core.files import Json
from eigen2arc.core.image import ImageError

from .findings import PhotoCheck

#: So many findings of a kind are shown with their images, so many of each; all are named.
SHOWN, IMAGES_SHOWN = 24, 2
SIDE_PX = 128

#: The colour of the box around the face that is taken, and its width as a share of the image's longer side.
BOX_COLOR, BOX_SHARE = (0, 114, 178), 0.012


def describe_check(check: PhotoCheck, out: Path) -> Json:
    """Describe a check for JSON, see PhotoCheck.to_json, with thumbnails of what was found below out/pictures."""
    described = check.to_json()
    rows = {name: index for index, name in enumerate(check.dataset.images.names)}
    shown: dict[str, int] = {}
    faults_first = sorted(zip(described["findings"], check.findings, strict=True), key=lambda one: one[1].severity)
    for row, finding in faults_first:
        indices = [rows[name] for name in finding.images[:IMAGES_SHOWN] if name in rows]
        if indices and shown.get(finding.kind, 0) < SHOWN:
            with suppress(ImageError):
                row["files"] = [write_picture(out, _thumbnail(check, index)) for index in indices]
                shown[finding.kind] = shown.get(finding.kind, 0) + 1
    return described


def _thumbnail(check: PhotoCheck, index: int) -> np.ndarray:
    """An image with the box of its face, scaled down."""
    image = check.dataset.images[index].copy()
    width = max(1, round(BOX_SHARE * max(image.shape)))
    for box in check.faces[index].boxes:
        x1, y1, x2, y2 = (round(float(side)) for side in box)
        cv2.rectangle(image, (x1, y1), (x2, y2), BOX_COLOR, width)
    return shrunk(image, SIDE_PX)
