"""Photos to faces and vectors: the one face of each, how it lies, and why nothing can be made of a photo."""

import hashlib
from collections.abc import Sequence

import numpy as np

from eigen2arc.core.aligners.five_point import FivePoint
from eigen2arc.core.image import ImageError, decode, encode
from eigen2arc.core.overlap.dct_hash import dct_hash
from eigen2arc.core.pipeline import locate
from eigen2arc.core.types import Faces
from eigen2arc.recognize.reading.face_quality import count_rivals, nose_offset, place, sharpness
from eigen2arc.recognize.reading.face_reader import FaceReader

from .gate import Limits, Measures, Refusal, refusal
from .ledger import Reading

#: The crop in which sharpness is measured, and that is kept.
CROP = FivePoint()

#: Of the crops that are kept.
JPEG_QUALITY = 90


def content_sha256(data: bytes) -> str:
    """Compute the name of a file's content, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def read_photos(files: Sequence[bytes], reader: FaceReader, limits: Limits, *, keeps_images: bool) -> list[Reading]:
    """Read photos, the contents of image files, in one batch: of each the face that is large and central.

    Of a face that does not keep the limits neither vector nor crop is in what is returned.
    """
    images: dict[int, np.ndarray] = {}
    made: dict[int, Reading] = {}
    for number, data in enumerate(files):
        try:
            images[number] = decode(data, "")
        except ImageError as error:
            words = f"{str(error).removeprefix(': ')}: replace it, or remove it"
            made[number] = Reading(content_sha256(data), Refusal("unreadable", words))
    found = dict(zip(images, reader.detector.detect(list(images.values())), strict=True)) if images else {}
    chosen = dict(zip(images, locate(list(images.values()), list(found.values()), on_missing="skip")[0], strict=True))
    crops: dict[int, np.ndarray] = {}
    for number, face in chosen.items():
        sha256 = content_sha256(files[number])
        if not len(face):
            words = "no face was found: take another photo"
            made[number] = Reading(sha256, Refusal("no_face", words))
            continue
        crops[number] = CROP.align(images[number], face)[0]
        measures = _measure(images[number], found[number], face, crops[number])
        made[number] = Reading(sha256, None, measures, _signed(dct_hash(images[number]).upright))
    good = [n for n, one in made.items() if one.measures is not None and refusal(one.measures, limits) is None]
    read = reader.encode([images[n] for n in good], [chosen[n] for n in good]) if good else []
    for number, faces in zip(good, read, strict=True):
        one = made[number]
        crop = encode(crops[number], ".jpg", jpeg_quality=JPEG_QUALITY) if keeps_images else None
        made[number] = Reading(one.sha256, None, one.measures, one.picture, faces.vectors[0], crop)
    return [made[number] for number in range(len(files))]


def _measure(image: np.ndarray, faces: Faces, chosen: Faces, crop: np.ndarray) -> Measures:
    placed = place(chosen)
    rivals = count_rivals(faces, chosen, image.shape)
    return Measures(placed.eyes_px, sharpness(crop), placed.roll_deg, nose_offset(chosen), rivals)


def _signed(bits: int) -> int:
    """64 bits as the number that SQLite holds."""
    return bits - (1 << 64) if bits >> 63 else bits
