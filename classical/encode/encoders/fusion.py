"""Several encoders at once: the weighted sum of their scores, as one vector a face.

Each member's score is divided by its spread over pairs of different people, so that none outweighs the others by its
units. Scores of the matchers cosine and joint_bayesian are dot products, and a weighted sum of dot products is that of
the members' vectors, times the roots of the weights, in a row.

    { name = "fusion", members = [{ name = "projected", ... }, { name = "embedding" }], weights = [2, 1] }
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigen2arc.classical.estimators.base import load
from eigen2arc.classical.estimators.composed import ComposedImageEncoder
from eigen2arc.core.bounds import PluginTable, Positive
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Encoder

#: Matchers whose score is a dot product and a term of each face's own.
LINEAR = ("cosine", "joint_bayesian")

#: Images whose scores with each other are computed: their spread is then known to a few parts in a hundred.
SAMPLE, SEED = 1000, 0


def linear(encoder: Encoder, vectors: np.ndarray) -> np.ndarray:
    """Convert an encoder's vectors (N, D) to (N, K + 1) float32, as the matcher joint_bayesian compares them."""
    if encoder.matcher == "joint_bayesian":
        return vectors
    wide = vectors.astype(np.float64)
    lengths = np.sqrt(np.sum(wide**2, axis=1, keepdims=True))
    unit = wide / np.where(lengths == 0, 1, lengths)
    return np.pad(unit, ((0, 0), (0, 1))).astype(np.float32)


def score_spread(vectors: np.ndarray, labels: np.ndarray, name: str) -> float:
    """Compute the standard deviation of the scores of pairs of different people.

    vectors : (N, K + 1) in linear form, of the people ``labels`` (N,). Raises UserError in the name of the member
    if it is 0, or all are the same person.
    """
    v, own = vectors[:, :-1].astype(np.float64), vectors[:, -1].astype(np.float64)
    scores = v @ v.T + own[:, None] + own
    different = scores[labels[:, None] != labels]
    spread = float(different.std()) if len(different) else 0.0
    if not spread > 0:
        raise UserError(f"fusion: {name} gives all pairs of different people the same score, or there are none")
    return spread


class Fusion(ComposedImageEncoder):
    """Several encoders, the members, whose scores are added up, as one encoder.

    scales_ : (members,) float32, what each one's score is multiplied by.
    """

    matcher = "joint_bayesian"
    PREFIX = "{number}.{name}."
    scales_: np.ndarray

    def __init__(self, members: Sequence[Component], weights: Sequence[float]) -> None:
        self.members = members
        self.weights = weights

    def children(self) -> tuple[Component, ...]:
        """Return the members."""
        return tuple(self.members)

    @property
    def learns_from(self) -> str:
        """Who is who: a spread is taken over pairs of different people."""
        return "identities"

    def sample(self, images: int) -> np.ndarray:
        """Draw SAMPLE of so many images with a fixed seed, or take all: (M,) int64 indices, ascending."""
        return np.sort(np.random.default_rng(SEED).permutation(images)[:SAMPLE])

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "Fusion":
        """Scale the members' scores by their spread over pairs of different people, of vectors (M, D_i) a member."""
        rows = zip(self.weights, self.members, self.encoders, vectors, strict=True)
        spread = [w / score_spread(linear(encoder, part), labels, member.name) for w, member, encoder, part in rows]
        self.scales_ = np.array(spread, np.float32)
        return self

    def combine(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Combine the members' vectors (N, D_i) to (N, K) float32, whose scores are the weighted sum of theirs."""
        self.check_fitted()
        parts = [linear(encoder, part) for encoder, part in zip(self.encoders, vectors, strict=True)]
        scaled = [np.sqrt(scale) * part[:, :-1] for scale, part in zip(self.scales_, parts, strict=True)]
        own = sum(scale * part[:, -1:] for scale, part in zip(self.scales_, parts, strict=True))
        return np.concatenate([*scaled, own], axis=1, dtype=np.float32)

    @property
    def SHAPES(self) -> dict[str, str]:
        return super().SHAPES | {"scales": str(len(self.members))}

    def tensors(self) -> dict[str, np.ndarray]:
        return super().tensors() | {"scales": self.scales_}

    def restore(self, tensors: dict[str, np.ndarray]) -> "Fusion":
        """Restore the fitted state that tensors() returned."""
        self.scales_ = tensors["scales"]
        return super().restore(tensors)


def build(
    *, members: Sequence[PluginTable] = (), weights: Sequence[Positive] = (), model: str | Path | None = None
) -> Fusion:
    """Build a fusion of encoders.

    members : one or more encoders made for cosine or joint_bayesian, by name or as tables of a name and settings.
    weights : one for each, all 1 if none are given. Raises UserError where they do not go together.
    """
    if model is not None:
        return load(model, build)
    if not members:
        raise UserError("fusion needs members: a list of one or more encoders")
    chosen = list(weights) or [1.0] * len(members)
    if len(chosen) != len(members):
        raise UserError(f"fusion: expected {len(members)} weights, one for each member, got {chosen}")
    fusion = Fusion([Component.parse("encoder", member, "fusion, members") for member in members], chosen)
    for member, encoder in zip(fusion.members, fusion.encoders, strict=True):
        if encoder.matcher not in LINEAR:
            raise UserError(
                f"fusion: {member.name} is made for the matcher {encoder.matcher}, and only scores of "
                f"{' and '.join(LINEAR)} can be added up: put projections behind it"
            )
    return fusion
