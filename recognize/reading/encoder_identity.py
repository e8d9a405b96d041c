"""Which encoder made a vector: what has to be the same before two vectors may be compared.

Two networks give vectors of the same length that mean nothing to each other, and no number shows it. So whatever keeps
vectors keeps three things with them: the stages with their settings, the SHA-256 of the files that these name, and the
vector of a drawn pattern. The last finds what the first two cannot see: weights that a package brings, or other code.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Encoder, Preprocessing

#: How far the vector of the pattern may be off, as a share of its length: two devices round otherwise.
TOLERANCE = 0.01


def pattern_vector(encoder: Encoder, steps: Sequence[Preprocessing], size_px: int) -> np.ndarray:
    """Encode a drawn pattern, waves of three colours, as (D,) float32: what an encoder is recognised by."""
    y, x = np.mgrid[:size_px, :size_px] / size_px
    waves = [np.sin(6 * x + 9 * y), np.sin(11 * x - 4 * y), np.cos(7 * (x - 0.5) ** 2 + 13 * (y - 0.5) ** 2)]
    crops = np.stack([127.5 + 120 * wave for wave in waves], axis=-1)[None].astype(np.uint8)
    for step in steps:
        crops = step.apply(crops)
    return encoder.encode(crops)[0]


def same_encoder(expected: np.ndarray, found: np.ndarray) -> bool:
    """Compare two vectors of the pattern, (D,) float32: whether one encoder can have made both."""
    if expected.shape != found.shape:
        return False
    return bool(np.linalg.norm(found - expected) <= TOLERANCE * np.linalg.norm(expected))


def check_files(files: Mapping[str, str], owner: Path | str, where: str) -> None:
    """Refuse other weights than those that ``owner`` was made with.

    files : SHA-256 by path. where : from where their paths count, in words. Raises UserError.
    """
    for name, expected in files.items():
        if not Path(name).is_file():
            raise UserError(f"{owner}: needs the file {name}, which is not there; {where}")
        if file_digest(Path(name)) != expected:
            raise UserError(f"{owner}: {name} is not the file that it was made with: its SHA-256 is another")
