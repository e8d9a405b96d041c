"""Several encoders at once: the weighted sum of their scores, as one vector a face.

Each member's score is divided by its spread over pairs of different people, so that none outweighs the others by its
units. Scores of the matchers cosine and joint_bayesian are dot products, and a weighted sum of dot products is that of
the members' vectors, times the roots of the weights, in a row.

    { name = "fusion", members = [{ name = "projected", ... }, { name = "embedding" }], weights = [2, 1] }
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from eigen2arc.classical.estimators.base import ImageEncoder, load
from eigen2arc.core.bounds import PluginTable, Positive
from eigen2arc.core.checks import check_crops, check_shape
from eigen2arc.core.component import Table, as_table, from_table, learns, prefixed, prefixed_shapes, without_prefix
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Encoder

#: Matchers whose score is a dot product and a term of each face's own.
LINEAR = ("cosine", "joint_bayesian")

#: Images whose scores with each other are computed: their spread is then known to a few parts in a hundred.
SAMPLE, SEED = 1000, 0


class Member:
    """An encoder of the fusion: one that learns is fitted, one that does not is used as it is.

    encoder : what encodes; linear() brings its vectors into the form (N, K + 1) of the matcher joint_bayesian.
    """

    def __init__(self, table: Table) -> None:
        self.encoder = from_table("encoder", table)
        self.name: str = table["name"]
        if self.encoder.matcher not in LINEAR:
            raise UserError(
                f"fusion: {self.name} is made for the matcher {self.encoder.matcher}, "
                f"and only scores of {' and '.join(LINEAR)} can be added up: put projections behind it"
            )
        self.learns = learns(table)
        self.SHAPES: dict[str, str] = self.encoder.SHAPES if self.learns else {}

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> None:
        if self.learns:
            self.encoder.fit(crops, labels)

    def tensors(self) -> dict[str, np.ndarray]:
        return self.encoder.tensors() if self.learns else {}

    def restore(self, tensors: dict[str, np.ndarray]) -> None:
        if self.learns:
            self.encoder.restore(tensors)

    def linear(self, vectors: np.ndarray) -> np.ndarray:
        """Convert the encoder's vectors (N, D) to (N, K + 1) float32, as the matcher joint_bayesian compares them."""
        if self.encoder.matcher == "joint_bayesian":
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


class Fusion(ImageEncoder):
    """Several encoders whose scores are added up, as one encoder.

    members : as tables. scales_ : (members,) float32, what each one's score is multiplied by.
    """

    matcher = "joint_bayesian"
    scales_: np.ndarray

    def __init__(self, members: Sequence[Table], weights: Sequence[float]) -> None:
        self.members = members
        self.weights = weights

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(self.members)

    @cached_property
    def parts(self) -> dict[str, Member]:
        """The members, by the prefix of their tensors."""
        return {f"{number}.{table['name']}": Member(table) for number, table in enumerate(self.members)}

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Fusion":
        """Fit every member on (N, S, S, 3) uint8 crops of the people ``labels`` (N,), then scale their scores."""
        n, _ = check_crops(crops)
        check_shape(labels, str(n), "labels")
        for member in self.parts.values():
            member.fit(crops, labels)
        chosen = self.sample(n)
        return self.weigh([member.encoder.encode(crops[chosen]) for member in self.parts.values()], labels[chosen])

    def take(self, fitted: Sequence[Encoder]) -> "Fusion":
        """Use members that were fitted elsewhere, on the same crops."""
        for member, encoder in zip(self.parts.values(), fitted, strict=True):
            member.encoder = encoder
        return self

    def sample(self, images: int) -> np.ndarray:
        """Draw SAMPLE of so many images with a fixed seed, or take all: (M,) int64 indices, ascending."""
        return np.sort(np.random.default_rng(SEED).permutation(images)[:SAMPLE])

    def weigh(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "Fusion":
        """Scale the members' scores by their spread over pairs of different people, of vectors (M, D_i) a member."""
        rows = zip(self.weights, self.parts.values(), vectors, strict=True)
        spread = [weight / score_spread(member.linear(part), labels, member.name) for weight, member, part in rows]
        self.scales_ = np.array(spread, np.float32)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, K) float32. Raises UserError before fit."""
        self.check_fitted()
        parts = [member.linear(member.encoder.encode(crops)) for member in self.parts.values()]
        vectors = [np.sqrt(scale) * part[:, :-1] for scale, part in zip(self.scales_, parts, strict=True)]
        own = sum(scale * part[:, -1:] for scale, part in zip(self.scales_, parts, strict=True))
        return np.concatenate([*vectors, own], axis=1, dtype=np.float32)

    @property
    def SHAPES(self) -> dict[str, str]:
        shapes = {"scales": str(len(self.members))}
        for name, member in self.parts.items():
            shapes |= prefixed_shapes(member.SHAPES, name)
        return shapes

    def tensors(self) -> dict[str, np.ndarray]:
        self.check_fitted()
        parts = self.parts.items()
        return {k: v for name, member in parts for k, v in prefixed(member.tensors(), name).items()} | {
            "scales": self.scales_
        }

    def restore(self, tensors: dict[str, np.ndarray]) -> "Fusion":
        """Restore the fitted state that tensors() returned."""
        for name, member in self.parts.items():
            member.restore(without_prefix(tensors, name))
        self.scales_ = tensors["scales"]
        return self


def build(
    *, members: Sequence[PluginTable] = (), weights: Sequence[Positive] = (), model: str | Path | None = None
) -> Fusion:
    """Build a fusion of encoders.

    members : one or more encoders made for cosine or joint_bayesian, by name or as tables of a name and settings.
    weights : one for each, all 1 if none are given. Raises UserError where they do not go together.
    """
    if model is None:
        if not members:
            raise UserError("fusion needs members: a list of one or more encoders")
        chosen = list(weights) or [1.0] * len(members)
        if len(chosen) != len(members):
            raise UserError(f"fusion: expected {len(members)} weights, one for each member, got {chosen}")
        fusion = Fusion([as_table(member, "fusion, members") for member in members], chosen)
        getattr(fusion, "parts")  # noqa: B009 (a member that cannot be built is refused here, not at its first use)
        return fusion
    return load(model, build)
