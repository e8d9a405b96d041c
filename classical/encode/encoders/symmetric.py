"""The mean of what another encoder says of a crop and of its mirror image: what a face has on both sides.

Light from one side and a head turned aside are halved that way; faces themselves are nearly symmetric.
"""

import numpy as np

from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.core.bounds import PluginTable
from eigen2arc.core.checks import check_crops
from eigen2arc.core.component import as_table, from_table, learns
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Encoder


class Symmetric(FixedEncoder):
    """An encoder that averages over a crop and its mirror image.

    base : the encoder that is given every crop twice.
    """

    def __init__(self, base: Encoder) -> None:
        self.base = base

    @property
    def matcher(self) -> str:
        return self.base.matcher

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, D) float32: the mean of the base's vectors of both mirror images."""
        check_crops(crops)
        vectors = self.base.encode(crops)
        vectors = vectors + self.base.encode(np.ascontiguousarray(crops[:, :, ::-1]))
        vectors /= 2
        return vectors


def build(*, base: PluginTable) -> Symmetric:
    """Build a symmetric encoder.

    base : an encoder that learns nothing, by name or as a table of a name and settings. Raises UserError for others.
    """
    table = as_table(base, "symmetric")
    if learns(table):
        raise UserError(f"symmetric: {table['name']} has to be fitted: use projected with mirrored = true")
    return Symmetric(from_table("encoder", table))
