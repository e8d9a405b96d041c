"""Likelihood ratio of one person or two, for vectors whose last entry is the face's own term of it (in nats).

s(a, b) = a_1 b_1 + ... + a_K b_K + a_{K+1} + b_{K+1}: what is left of Chen et al., "Bayesian Face Revisited", ECCV
2012, eq. (4), once a projection (joint_bayesian, plda) has made both covariances diagonal. The EM that learns them
is in classical/encode/identity_model/joint_bayesian.py and plda.py. 0 is the threshold where both are equally
likely. A face compared with itself is not always the most alike: a face like everybody's tells less.
"""

import numpy as np

from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError

_MOST = float(np.finfo(np.float32).max)


class JointBayesianRatio:
    """The matcher of likelihood ratios.

    Sums are taken in float64, where no float32 vectors overflow, and kept within float32's range.
    """

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score every pair of (N, K + 1) and (M, K + 1): (N, M) float32."""
        check_shape(b, f"M {check_shape(a, 'N D', 'a')['D']}", "b")
        (v_a, own_a), (v_b, own_b) = _parts(a), _parts(b)
        return _float32(v_a @ v_b.T + own_a[:, None] + own_b)

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score (P, K + 1) and (P, K + 1) row by row: (P,) float32."""
        check_shape(a, "P D", "a")
        check_shape(b, f"{a.shape[0]} {a.shape[1]}", "b")
        (v_a, own_a), (v_b, own_b) = _parts(a), _parts(b)
        return _float32(np.einsum("pk,pk->p", v_a, v_b) + own_a + own_b)


def _parts(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """v (N, K) and the own terms (N,), float64."""
    if vectors.shape[1] < 2:
        raise UserError("joint_bayesian compares vectors that a projection joint_bayesian or plda has made")
    wide = vectors.astype(np.float64)
    return wide[:, :-1], wide[:, -1]


def _float32(scores: np.ndarray) -> np.ndarray:
    return np.clip(scores, -_MOST, _MOST).astype(np.float32)


build = JointBayesianRatio
