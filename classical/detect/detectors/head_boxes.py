"""Another detector's boxes, which end at forehead and chin, grown to whole heads.

{ name = "head_boxes", of = { name = "mtcnn", weights = "runs/mtcnn" } }

Sets disagree about where a face ends. FDDB's ellipses hold the head, crown to chin (Jain and Learned-Miller, "FDDB",
2010, figure 4); what is trained on this project's boxes finds faces, forehead to chin, two thirds of that.
"""

from collections.abc import Sequence

import numpy as np

from eigen2arc.classical.detect.channels.engine.window_features import EXTENTS
from eigen2arc.core.bounds import PluginTable
from eigen2arc.core.component import Component
from eigen2arc.core.stages import Detector
from eigen2arc.core.types import Faces


def _growth() -> np.ndarray:
    """(4,) how far each side of a box moves, x in widths and y in heights of the face's box."""
    face, head = np.array(EXTENTS["face"]), np.array(EXTENTS["head"])
    return (head - face) / np.tile(face[2:] - face[:2], 2)


class HeadBoxes:
    """The detector that grows another one's boxes.

    of : the detector whose boxes are grown. Scores and points stay as they are.
    """

    def __init__(self, of: Detector) -> None:
        self.of = of
        self.growth = _growth()

    @property
    def test_scale(self) -> str:
        """See core.stages.Detector."""
        return getattr(self.of, "test_scale", "images as they are")

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect heads in uint8 RGB images: one Faces each, best first."""
        return [self._grown(faces) for faces in self.of.detect(images)]

    def _grown(self, faces: Faces) -> Faces:
        size = np.tile(faces.boxes[:, 2:] - faces.boxes[:, :2], 2)
        return Faces(faces.boxes + self.growth * size, faces.scores, faces.landmarks)


def build(*, of: PluginTable = "mtcnn") -> HeadBoxes:
    """Build the detector that grows another one's boxes.

    of : a detector that gives faces from forehead to chin, as a name or a table of name and settings; scores are that
    one's.
    """
    return HeadBoxes(Component.parse("detector", of, "head_boxes: of").built)
