"""Photos turned by 90, 180 and 270 degrees, in which a face is looked for that lies on its side."""

from collections.abc import Sequence

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.types import Images

#: So many turns are tried, counterclockwise by 90 degrees once, twice and three times.
TURNS = 3


class TurnedImages:
    """Some images, by index, each turned in TURNS ways, one after the other; implements core.types.Images."""

    def __init__(self, images: Images, indices: np.ndarray) -> None:
        self._images = images
        self._indices = indices
        self.names: Sequence[str] = [f"{images.names[i]} {90 * n}" for i in indices for n in range(1, TURNS + 1)]

    @property
    def version(self) -> str:
        return digest(self._images.version, self._indices.tolist(), "turned")

    def __len__(self) -> int:
        return TURNS * len(self._indices)

    def __getitem__(self, index: int) -> np.ndarray:
        image = self._images[int(self._indices[index // TURNS])]
        return np.ascontiguousarray(np.rot90(image, index % TURNS + 1))
