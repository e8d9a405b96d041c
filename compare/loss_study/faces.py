"""The faces that all losses of a table learn from and are judged on: the split and the crops that training uses."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.deep.encode.data.crops import Crops, crops_of
from eigen2arc.deep.encode.data.training_split import split
from eigen2arc.deep.encode.training.encoder import Settings


@dataclass(frozen=True)
class Faces:
    """learned, held_out : (M,) int64 numbers of images, of people who are in one of the two only."""

    dataset: Dataset
    crops: Crops
    learned: np.ndarray
    held_out: np.ndarray

    def read(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(K, S, S, 3) crops and (K,) labels of those images that can be read."""
        assert self.dataset.labels is not None
        read = [(crop, n) for n in numbers if (crop := self.crops.read(int(n))) is not None]
        if not read:
            raise UserError(f"{self.dataset.name}: not one of {len(numbers)} crops can be read")
        return np.stack([crop for crop, _ in read]), self.dataset.labels[[n for _, n in read]]

    def people(self, numbers: np.ndarray) -> np.ndarray:
        """The labels of those images."""
        assert self.dataset.labels is not None
        labels: np.ndarray = self.dataset.labels[numbers]
        return labels


def faces(settings: Settings, folder: Path, size_px: int) -> Faces:
    """The data set's faces, cut into ``folder`` where they have to be cut. Raises UserError."""
    dataset: Dataset = plugins.build("dataset", settings.dataset, **settings.dataset_settings)
    chosen = split(dataset, settings.held_out_people)
    if not len(chosen.held_out):
        raise UserError(
            "a table of losses needs people held out: --set held_out_people=60, of a set with more than those"
        )
    crops = crops_of(dataset, folder, size_px=size_px, jitter=settings.landmark_jitter, seed=settings.seed)
    return Faces(dataset, crops, chosen.learned, chosen.held_out)
