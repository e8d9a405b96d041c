"""Pictures that are drawn when they are asked for, kept on the disk: a second epoch draws nothing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eigen2arc.core.image import read, write
from eigen2arc.core.types import Images


@dataclass(frozen=True)
class KeptImages:
    """The images of a set, each drawn (or read) once and then a PNG file in ``folder``.

    The folder is named by the images' version, so that it never serves another set.
    """

    images: Images
    folder: Path

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> np.ndarray:
        path = self.folder / f"pictures-{self.images.version[:16]}" / f"{index:06d}.png"
        if not path.exists():
            write(path, self.images[index])
        return read(path)
