"""Faces that are partly a detector's and partly the annotation's: so that each one's share in a loss can be measured.

A detector can lose twice: it finds no face, or another one than the image is about; and of the face that it does find
the box and the points are not where they are in truth. Two questions, each answered by the detector or by a reference,
which is the annotation where a set has one: which face of the image is it, and where exactly does it lie?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.component import Component
from eigen2arc.core.geometry import iou
from eigen2arc.core.pipeline import Choose, locate
from eigen2arc.core.types import Faces


@dataclass(frozen=True)
class MixedFaces:
    """What stands in a detector's place: the reference's faces, or those of which a detector has a share.

    reference : the detector that is taken for the truth; None for the set's annotation. detector : the one that is
    judged; None for none. its : what is its own, "choice", which face it is, or "place", where that lies.
    """

    reference: Component | None = None
    detector: Component | None = None
    its: Literal["choice", "place", ""] = ""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        reference = "the annotation" if self.reference is None else self.reference.name
        return reference if self.detector is None else f"{self.detector.name}'s {self.its} in {reference}"

    @cached_property
    def key(self) -> str:
        """A digest of the parts and of how they are mixed; the annotation itself is not in it."""
        keys = [None if one is None else one.key for one in (self.reference, self.detector)]
        return digest("mixed", keys, self.its, code_digest(__name__))

    def mix(
        self, images: Sequence[np.ndarray], reference: Sequence[Faces], found: Sequence[Faces], choose: Choose
    ) -> list[Faces]:
        """Mix each image's faces of the reference and those that the detector found: 0 or 1 Faces an image."""
        if self.its == "choice":
            return referred(images, found, reference, choose)
        if self.its == "place":
            return placed(images, reference, found, choose)
        return locate(images, reference, on_missing="skip", choose=choose)[0]


def referred(
    images: Sequence[np.ndarray], found: Sequence[Faces], reference: Sequence[Faces], choose: Choose
) -> list[Faces]:
    """Choose each image's face as the detector does, and let the reference say where it lies: 0 or 1 Faces an image.

    found, reference : the faces of each image. Both have the same face where the middle of the detected one lies in the
    reference's box; of several such boxes the one that overlaps it most counts. Where there is none the detector was
    wrong, and its face stays as it is; where it found none, there is none.
    """
    chosen, _ = locate(images, found, reference, on_missing="skip", choose=choose)
    mixed = []
    for face, known in zip(chosen, reference, strict=True):
        same = _same(face, known)[0] if len(face) else np.zeros(len(known), bool)
        overlap = np.where(same, iou(face.boxes, known.boxes)[0], -1) if same.any() else np.zeros(0)
        mixed.append(known[[int(overlap.argmax())]] if len(overlap) else face)
    return mixed


def placed(
    images: Sequence[np.ndarray], reference: Sequence[Faces], found: Sequence[Faces], choose: Choose
) -> list[Faces]:
    """Choose each image's face as the reference has it, and let the detector say where it lies: 0 or 1 Faces an image.

    Of several detected faces that are the reference's, see referred(), the one that the detector would choose counts.
    Where there is none the reference's face stays as it is; where the reference has none, there is none.
    """
    chosen, _ = locate(images, reference, on_missing="skip", choose=choose)
    known = [i for i, face in enumerate(chosen) if len(face)]
    same = [found[i][_same(found[i], chosen[i])[:, 0]] for i in known]
    faces, _ = locate(
        [images[i] for i in known], same, [chosen[i] for i in known], on_missing="annotation", choose=choose
    )
    mixed = list(chosen)
    for i, face in zip(known, faces, strict=True):
        mixed[i] = face
    return mixed


def _same(found: Faces, reference: Faces) -> np.ndarray:
    """(N, M) bool, whether the middle of each of N faces lies in each of M boxes."""
    middle = ((found.boxes[:, :2] + found.boxes[:, 2:]) / 2)[:, None]
    inside = (reference.boxes[None, :, :2] <= middle) & (middle <= reference.boxes[None, :, 2:])
    return np.asarray(inside.all(axis=2))
