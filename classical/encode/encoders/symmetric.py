"""The mean of what another encoder says of a crop and of its mirror image: what a face has on both sides.

Light from one side and a head turned aside are halved that way; faces themselves are nearly symmetric.
"""

from pathlib import Path

import numpy as np

from eigen2arc.classical.estimators.base import load
from eigen2arc.classical.estimators.composed import WrappingEncoder
from eigen2arc.core.bounds import PluginTable
from eigen2arc.core.checks import check_crops
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError


class Symmetric(WrappingEncoder):
    """An encoder that averages over a crop and its mirror image.

    base : the encoder that is given every crop twice, and learns from both where it learns.
    """

    PREFIX = ""

    def __init__(self, base: Component) -> None:
        self.base = base

    def children(self) -> tuple[Component, ...]:
        """Return the base. No core.component.ComposedEncoder: what the base sees is more than the crops."""
        return (self.base,)

    @property
    def matcher(self) -> str:
        return str(self.encoders[0].matcher)

    def fit(self, crops: np.ndarray, labels: np.ndarray | None = None) -> "Symmetric":
        """Fit the base on (N, S, S, 3) uint8 crops of the people ``labels`` (N,) and their mirror images.

        A base that learns nothing stays as it is.
        """
        if self.base.learns:
            self.encoders[0].fit(np.concatenate([crops, crops[:, :, ::-1]]), np.tile(np.asarray(labels), 2))
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, D) float32: the mean of the base's vectors of both mirror images."""
        check_crops(crops)
        vectors: np.ndarray = self.encoders[0].encode(crops)
        vectors = vectors + self.encoders[0].encode(np.ascontiguousarray(crops[:, :, ::-1]))
        vectors /= 2
        return vectors


def build(*, base: PluginTable | None = None, model: str | Path | None = None) -> Symmetric:
    """Build a symmetric encoder.

    base : an encoder, by name or as a table of a name and settings. model : a file written by ``classical train``; it
    brings its own settings. Raises UserError.
    """
    if model is not None:
        return load(model, build)
    if base is None:
        raise UserError("symmetric needs a base, an encoder")
    symmetric = Symmetric(Component.parse("encoder", base, "symmetric, base"))
    getattr(symmetric, "encoders")  # noqa: B009 (one that cannot be built is refused here, not at its first use)
    return symmetric
