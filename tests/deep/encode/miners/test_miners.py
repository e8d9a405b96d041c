"""Miners that do not draw, against loops over all triplets and against pytorch-metric-learning."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning import distances, miners

from eigen2arc.core.plugins import build

Triplet = tuple[int, int, int]

BATCHES = st.tuples(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(0, 2**32 - 1))


def embedded(batch: tuple[list[int], int]) -> tuple[torch.Tensor, torch.Tensor]:
    labels, seed = batch
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(labels), 4, generator=generator, dtype=torch.float64), torch.tensor(labels)


def all_triplets(labels: list[int]) -> list[Triplet]:
    people = range(len(labels))
    return [(a, p, n) for a in people for p in people for n in people if a != p and labels[a] == labels[p] != labels[n]]


def distance(x: torch.Tensor, i: int, j: int) -> float:
    a, b = (x[k].numpy() / np.linalg.norm(x[k].numpy()) for k in (i, j))
    return float(np.linalg.norm(a - b))


def mined(name: str, x: torch.Tensor, labels: torch.Tensor) -> list[Triplet]:
    return list(zip(*(part.tolist() for part in build("miner", name)(x, labels)), strict=True))


@given(BATCHES)
def test_all_triplets(batch: tuple[list[int], int]) -> None:
    assert mined("all_triplets", *embedded(batch)) == all_triplets(batch[0])


@given(BATCHES)
def test_semi_hard_is_the_nearest_negative_beyond_each_positive(batch: tuple[list[int], int]) -> None:
    x, labels = embedded(batch)
    best: dict[tuple[int, int], Triplet] = {}
    for a, p, n in all_triplets(batch[0]):
        if distance(x, a, n) > distance(x, a, p):
            nearest = min(best.get((a, p), (a, p, n)), (a, p, n), key=lambda t: distance(x, t[0], t[2]))
            best[a, p] = nearest
    assert mined("semi_hard", x, labels) == [best[pair] for pair in sorted(best)]


@given(BATCHES)
def test_batch_hard_is_the_farthest_positive_and_the_nearest_negative(batch: tuple[list[int], int]) -> None:
    x, labels = embedded(batch)
    best: dict[int, Triplet] = {}
    for a, p, n in all_triplets(batch[0]):
        harder = best.get(a, (a, p, n))
        best[a] = (
            a,
            max(harder[1], p, key=lambda other: distance(x, a, other)),
            min(harder[2], n, key=lambda other: distance(x, a, other)),
        )
    assert mined("batch_hard", x, labels) == [best[a] for a in sorted(best)]


@given(BATCHES)
def test_semi_hard_is_among_those_of_pytorch_metric_learning(batch: tuple[list[int], int]) -> None:
    """Theirs are all inside a margin, ours the nearest of each pair: the same pairs, and none of theirs nearer."""
    x, labels = embedded(batch)
    miner = miners.TripletMarginMiner(margin=9, type_of_triplets="semihard", distance=distances.LpDistance(power=2))
    theirs = list(zip(*(part.tolist() for part in miner(x, labels)), strict=True))
    ours = mined("semi_hard", x, labels)
    assert set(ours) <= set(theirs) and {t[:2] for t in ours} == {t[:2] for t in theirs}
    chosen = {t[:2]: distance(x, t[0], t[2]) for t in ours}
    assert all(distance(x, a, n) >= chosen[a, p] for a, p, n in theirs)


@given(BATCHES)
def test_batch_hard_is_that_of_pytorch_metric_learning(batch: tuple[list[int], int]) -> None:
    x, labels = embedded(batch)
    theirs = zip(*(part.tolist() for part in miners.BatchHardMiner()(x, labels)), strict=True)
    assert mined("batch_hard", x, labels) == list(theirs)
