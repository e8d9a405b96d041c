"""Trained stages put together as a cascade that the engine runs."""

from collections.abc import Sequence

import numpy as np

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.parts import Stages
from eigen2arc.classical.detect.haar.features import HaarFeatures

from .stage import Stage, chosen_features


def assembled(trained: Sequence[Stage], features: HaarFeatures, window_px: int) -> Cascade:
    """The cascade of at least one stage. features : those that the stages' trees are numbered by."""
    trees = [stage.trees for stage in trained]
    counts = [len(part) for part in trees]
    inner = trees[0].features.shape[1]
    numbers = np.concatenate([part.features.ravel() for part in trees])
    stages = Stages(
        thresholds=np.array([stage.threshold for stage in trained], np.float32),
        first_tree=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        first_node=inner * np.arange(sum(counts) + 1, dtype=np.int64),
        children=np.tile(_heap_children(inner), (sum(counts), 1)),
        splits=np.concatenate([part.thresholds.ravel() for part in trees]),
        leaves=np.concatenate([part.leaves.ravel() for part in trees]),
    )
    return Cascade((window_px, window_px), stages, chosen_features(features, numbers))


def _heap_children(inner: int) -> np.ndarray:
    """(inner, 2) int32: the children of the nodes of a complete tree in heap order, see Stages.children."""
    below = 2 * np.arange(inner)[:, None] + [1, 2]
    return np.where(below < inner, below, inner - below).astype(np.int32)
