"""The Pareto front: those of some systems that no other beats in both, cost and gain."""

import numpy as np

from eigen2arc.core.checks import check_finite, check_shape


def pareto_front(cost: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Find the systems on the Pareto front: (N,) bool.

    cost : (N,) finite, less is better. gain : (N,) finite, more is better. One is beaten by another that is at least as
    good in both and better in one; two that are equal in both beat each other in nothing, so both may stay.
    """
    n = check_shape(cost, "N", "cost")["N"]
    check_shape(gain, str(n), "gain")
    check_finite(cost, "cost")
    check_finite(gain, "gain")
    order = np.lexsort((-gain, cost))
    cheaper = np.maximum.accumulate(np.concatenate([[-np.inf], gain[order]]))[:-1]
    first = np.searchsorted(cost[order], cost[order])  # the first of those that cost the same: the best of them
    front = np.zeros(n, bool)
    front[order] = (gain[order] > cheaper[first]) & (gain[order] == gain[order][first])
    return front
