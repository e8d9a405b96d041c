"""A member of a fusion: any encoder whose score is a dot product, and how loud that score is."""

import numpy as np

from eigen2arc.core.component import Table, from_table, learns
from eigen2arc.core.errors import UserError

#: Matchers whose score is a dot product and a term of each face's own.
LINEAR = ("cosine", "joint_bayesian")


class Member:
    """An encoder that learns is fitted, one that does not is used as it is.

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
        """The encoder's vectors (N, D) to (N, K + 1) float32, as the matcher joint_bayesian compares them."""
        if self.encoder.matcher == "joint_bayesian":
            return vectors
        wide = vectors.astype(np.float64)
        lengths = np.sqrt(np.sum(wide**2, axis=1, keepdims=True))
        unit = wide / np.where(lengths == 0, 1, lengths)
        return np.pad(unit, ((0, 0), (0, 1))).astype(np.float32)


def score_spread(vectors: np.ndarray, labels: np.ndarray, name: str) -> float:
    """Standard deviation of the scores of pairs of different people, of vectors (N, K + 1) in linear form.

    Raises UserError in the name of the member if it is 0, or all are the same person.
    """
    v, own = vectors[:, :-1].astype(np.float64), vectors[:, -1].astype(np.float64)
    scores = v @ v.T + own[:, None] + own
    different = scores[labels[:, None] != labels]
    spread = float(different.std()) if len(different) else 0.0
    if not spread > 0:
        raise UserError(f"fusion: {name} gives all pairs of different people the same score, or there are none")
    return spread
