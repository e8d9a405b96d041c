"""A data set whose makers say more about judging detections than a box a face can: subsets, and regions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eigen2arc.core.types import Dataset


@dataclass(frozen=True)
class DetectionSet(Dataset):
    """A data set with its makers' rules for judging detections; what is said of faces is in the order of Dataset.faces.

    What is to be ignored needs no rule: in every Dataset an annotated face of score 0 is neither hit nor miss.
    subsets : parts of the faces that are scored apart: name of the part -> name of the image -> (n,) bool, which of its
        faces are to be found; the others are ignored then. Empty where there are none.
    ellipses : name of the image -> (n, 5) float64, see datasets.readers.fddb. Empty where faces are boxes.
    region : what of a detection is laid over an ellipse, a key of datasets.readers.fddb.REGIONS.
    By the images' names, so that a part of the set keeps its rules.
    """

    subsets: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    ellipses: Mapping[str, np.ndarray] = field(default_factory=dict)
    region: str = "bounding_box"
