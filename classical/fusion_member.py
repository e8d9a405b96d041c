"""A member of a fusion: any encoder whose score is a dot product, and how loud that score is."""

from collections.abc import Sequence

import numpy as np

from eigen2arc.core.errors import UserError

from .plugin_tables import Table, from_table, learns

#: Matchers whose score is a dot product and a term of each face's own.
LINEAR = ("cosine", "joint_bayesian")

#: Images whose scores with each other are looked at: their spread is then known to about one part in a hundred.
SAMPLE = 2000


class Member:
    """An encoder that learns is fitted, one that does not is its own base.

    bases : as of core.stages.StagedEncoder; empty if it learns from crops. Vectors come out in linear form: (N, K + 1),
    as the matcher joint_bayesian compares them.
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
        self.bases: tuple[Table, ...] = getattr(self.encoder, "bases", ()) if self.learns else (table,)
        self.SHAPES: dict[str, str] = self.encoder.SHAPES if self.learns else {}

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> None:
        if self.learns:
            self.encoder.fit(crops, labels)

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> None:
        if self.learns:
            self.encoder.fit_vectors(vectors, labels)

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops to (N, K + 1) float32."""
        return self._linear(self.encoder.encode(crops))

    def project(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """One (N, D_i) float32 per base to (N, K + 1) float32."""
        return self._linear(self.encoder.project(vectors) if self.learns else vectors[0])

    def tensors(self) -> dict[str, np.ndarray]:
        return self.encoder.tensors() if self.learns else {}

    def restore(self, tensors: dict[str, np.ndarray]) -> None:
        if self.learns:
            self.encoder.restore(tensors)

    def _linear(self, vectors: np.ndarray) -> np.ndarray:
        if self.encoder.matcher == "joint_bayesian":
            return vectors
        wide = vectors.astype(np.float64)
        lengths = np.sqrt(np.sum(wide**2, axis=1, keepdims=True))
        unit = wide / np.where(lengths == 0, 1, lengths)
        return np.pad(unit, ((0, 0), (0, 1))).astype(np.float32)


def score_spread(vectors: np.ndarray, labels: np.ndarray, name: str, seed: int = 0) -> float:
    """Standard deviation of the scores of pairs of different people, of vectors (N, K + 1) in linear form.

    Of all pairs of SAMPLE images, drawn with ``seed`` if there are more. Raises UserError in the name of the member
    if it is 0, or all are the same person.
    """
    chosen = np.random.default_rng(seed).permutation(len(vectors))[:SAMPLE]
    v, own, people = vectors[chosen, :-1].astype(np.float64), vectors[chosen, -1].astype(np.float64), labels[chosen]
    scores = v @ v.T + own[:, None] + own
    different = scores[people[:, None] != people]
    spread = float(different.std()) if len(different) else 0.0
    if not spread > 0:
        raise UserError(f"fusion: {name} gives all pairs of different people the same score, or there are none")
    return spread
