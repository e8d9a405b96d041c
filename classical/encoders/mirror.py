"""The vector of the crop's mirror image: what another encoder says of the face turned round."""

from typing import Any

import numpy as np

from eigen2arc.classical.plugin_tables import as_table, from_table, learns
from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Encoder


class Mirror:
    """base : the encoder that is given the mirrored crops."""

    def __init__(self, base: Encoder) -> None:
        self.base = base
        self.matcher = base.matcher

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops to the base's (N, D) float32 vectors of them with left and right changed."""
        check_crops(crops)
        return self.base.encode(np.ascontiguousarray(crops[:, :, ::-1]))


def build(*, base: str | dict[str, Any]) -> Mirror:
    """base : an encoder that learns nothing, by name or as a table of a name and settings."""
    table = as_table(base, "mirror")
    if learns(table):
        raise UserError(f"mirror: {table['name']} has to be fitted: use projected with mirrored = true")
    return Mirror(from_table("encoder", table))
