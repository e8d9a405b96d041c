"""Several encoders at once: the weighted sum of their scores, as one vector a face.

Each member's score is divided by its spread over pairs of different people, so that none is the loudest by its units.
Scores of the matchers cosine and joint_bayesian are dot products, and a weighted sum of dot products is that of the
members' vectors, times the roots of the weights, in a row.

    { name = "fusion", members = [{ name = "projected", ... }, { name = "embedding" }], weights = [2, 1] }
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from eigen2arc.classical import model_file
from eigen2arc.classical.fusion_member import Member, score_spread
from eigen2arc.classical.plugin_tables import Table, as_table, prefixed, prefixed_shapes, without_prefix
from eigen2arc.core.checks import check_crops, check_shape
from eigen2arc.core.errors import UserError


class Fusion:
    """bases : those of all members in order; empty if a member learns from crops, for then all have to.
    scales_ : (members,) float32, what each member's score is multiplied by; None before fit."""

    matcher = "joint_bayesian"

    def __init__(self, members: list[Table], weights: list[float]) -> None:
        self.settings = {"members": members, "weights": weights}
        self.weights = weights
        self.members = [Member(table) for table in members]
        self.names = [f"{number}.{member.name}" for number, member in enumerate(self.members)]
        staged = all(member.bases for member in self.members)
        self.bases = tuple(base for member in self.members for base in member.bases) if staged else ()
        self.scales_: np.ndarray | None = None

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Fusion":
        """Fit every member on (N, S, S, 3) uint8 crops of the people ``labels`` (N,), then scale their scores."""
        n, _ = check_crops(crops)
        check_shape(labels, str(n), "labels")
        for member in self.members:
            member.fit(crops, labels)
        return self._scale([member.encode(crops) for member in self.members], labels)

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "Fusion":
        """The same from one (N, D_i) float32 per base."""
        shares = self._shares(vectors)
        for member, share in zip(self.members, shares, strict=True):
            member.fit_vectors(share, labels)
        return self._scale([m.project(share) for m, share in zip(self.members, shares, strict=True)], labels)

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops to (N, K) float32. Raises UserError before fit."""
        self._fitted()
        return self._in_a_row([member.encode(crops) for member in self.members])

    def project(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """One (N, D_i) float32 per base to (N, K) float32."""
        shares = self._shares(vectors)
        return self._in_a_row([m.project(share) for m, share in zip(self.members, shares, strict=True)])

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it."""
        model_file.save(path, "fusion", self.settings, self.tensors())

    @property
    def SHAPES(self) -> dict[str, str]:
        shapes = {"scales": str(len(self.members))}
        for member, name in zip(self.members, self.names, strict=True):
            shapes |= prefixed_shapes(member.SHAPES, name)
        return shapes

    def tensors(self) -> dict[str, np.ndarray]:
        scales = self._fitted()
        parts = zip(self.members, self.names, strict=True)
        return {k: v for member, name in parts for k, v in prefixed(member.tensors(), name).items()} | {
            "scales": scales
        }

    def restore(self, tensors: dict[str, np.ndarray]) -> "Fusion":
        """Take over what ``tensors`` of a fitted one gave."""
        for member, name in zip(self.members, self.names, strict=True):
            member.restore(without_prefix(tensors, name))
        self.scales_ = tensors["scales"]
        return self

    def _shares(self, vectors: Sequence[np.ndarray]) -> list[Sequence[np.ndarray]]:
        """The vectors of each member's bases."""
        ends = accumulate((len(member.bases) for member in self.members), initial=0)
        return [vectors[start:stop] for start, stop in pairwise(ends)]

    def _scale(self, parts: list[np.ndarray], labels: np.ndarray) -> "Fusion":
        rows = zip(self.weights, parts, self.names, strict=True)
        self.scales_ = np.array([weight / score_spread(part, labels, name) for weight, part, name in rows], np.float32)
        return self

    def _in_a_row(self, parts: list[np.ndarray]) -> np.ndarray:
        scales = self._fitted()
        vectors = [np.sqrt(scale) * part[:, :-1] for scale, part in zip(scales, parts, strict=True)]
        own = sum(scale * part[:, -1:] for scale, part in zip(scales, parts, strict=True))
        return np.concatenate([*vectors, own], axis=1, dtype=np.float32)

    def _fitted(self) -> np.ndarray:
        if self.scales_ is None:
            raise UserError("fusion has to be fitted first: call fit, or give a file with the setting model=FILE")
        return self.scales_


def build(
    *, members: Sequence[str | Table] = (), weights: Sequence[float] = (), model: str | Path | None = None
) -> Fusion:
    """members : one or more encoders made for cosine or joint_bayesian, by name or as tables of a name and settings.

    weights : one above 0 for each, all 1 if none are given. model : a file written by ``classical train``; it brings
    its own settings.
    """
    if model is None:
        if not isinstance(members, list | tuple) or not members:
            raise UserError("fusion needs members: a list of one or more encoders")
        chosen = list(weights) or [1.0] * len(members)
        if len(chosen) != len(members) or not all(weight > 0 for weight in chosen):
            raise UserError(f"fusion: expected {len(members)} weights above 0, got {chosen}")
        return Fusion([as_table(member, "fusion, members") for member in members], chosen)
    settings, tensors = model_file.read(model, "fusion")
    encoder = build(**settings)
    model_file.check_tensors(model, tensors, encoder.SHAPES)
    return encoder.restore(tensors)
