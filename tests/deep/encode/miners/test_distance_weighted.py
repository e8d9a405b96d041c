"""Distance-weighted sampling: its density against points on a sphere, its draws against their probabilities."""

import math

import numpy as np
import pytest
import torch
from pytorch_metric_learning import miners

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.miners.distance_weighted import DistanceWeighted, log_density


def miner(**settings: float) -> DistanceWeighted:
    made: DistanceWeighted = build("miner", "distance_weighted", **settings)
    return made


@pytest.mark.parametrize("n", [3, 4, 16])
def test_the_density_is_that_of_points_on_a_sphere(n: int) -> None:
    x = np.random.default_rng(1).standard_normal((200_000, n))
    d = np.linalg.norm(x / np.linalg.norm(x, axis=1, keepdims=True) - np.eye(n)[0], axis=1)
    counted, edges = np.histogram(d, bins=20, range=(0, 2))
    middles = torch.from_numpy((edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(50) + 0.5) / 50).ravel())
    q = log_density(middles, n).exp().reshape(20, 50).sum(1)
    expected = (q / q.sum()).numpy() * len(d)
    np.testing.assert_allclose(counted, expected, atol=5 * math.sqrt(expected.max()))


@pytest.mark.parametrize("n", [2, 3, 128, 512, 4096])
def test_its_logarithm_is_finite_however_many_dimensions_there_are(n: int) -> None:
    d = torch.linspace(0.01, 1.99, 500)
    assert torch.isfinite(log_density(d, n)).all()


def spread(n: int, d: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Points close enough to each other for some to be nearer than 1.4, some not."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64) + 0.3, torch.arange(n) % 3


@pytest.mark.parametrize("dimensions", [3, 8, 32])
def test_the_probabilities_are_those_of_pytorch_metric_learning(
    dimensions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which hands its weights to a function that draws; nearer than 0.5 and beyond 1.4 included."""
    x, labels = spread(24, dimensions)
    x[1] = x[0] + 0.05 * x[1]
    theirs: list[torch.Tensor] = []
    monkeypatch.setattr(
        "pytorch_metric_learning.utils.loss_and_miner_utils.get_random_triplet_indices",
        lambda labels, weights, **others: theirs.append(weights) or (labels[:0],) * 3,
    )
    miners.DistanceWeightedMiner(cutoff=0.5, nonzero_loss_cutoff=1.4)(x, labels)
    unit = torch.nn.functional.normalize(x)
    ours = miner().probabilities(torch.cdist(unit, unit), labels[:, None] != labels, dimensions)
    assert len(theirs) == 1 and (ours == 0).any() and torch.isfinite(theirs[0]).all()
    torch.testing.assert_close(ours, theirs[0], rtol=0, atol=1e-6)


def test_draws_come_as_often_as_their_probabilities_say() -> None:
    x, labels = spread(9, 4)
    unit = torch.nn.functional.normalize(x)
    d = torch.cdist(unit, unit)
    weight = torch.zeros(9, dtype=torch.float64)
    for n in range(9):
        if labels[n] != labels[0] and d[0, n] < 1.4:
            near = max(float(d[0, n]), 0.5)
            weight[n] = 1 / (near**2 * math.sqrt(1 - near**2 / 4))  # n = 4
    torch.manual_seed(0)
    counts, mine = torch.zeros(9, dtype=torch.float64), miner()
    for _ in range(4000):
        anchor, _, negative = mine(x, labels)
        counts += torch.bincount(negative[anchor == 0], minlength=9)
    assert counts.sum() == 2 * 4000
    torch.testing.assert_close(counts / counts.sum(), weight / weight.sum(), rtol=0, atol=0.03)


def test_every_pair_has_one_negative() -> None:
    x, labels = spread(12, 4)
    anchor, positive, _ = miner()(x, labels)
    expected = [(a, p) for a in range(12) for p in range(12) if a != p and labels[a] == labels[p]]
    assert list(zip(anchor.tolist(), positive.tolist(), strict=True)) == expected


def test_who_has_none_near_draws_from_all() -> None:
    """Two people opposite each other: all negatives are at distance 2."""
    x = torch.tensor([[1.0, 0], [1, 0], [-1, 0], [-1, 0], [-1, 0]], dtype=torch.float64)
    d, other = torch.cdist(x, x), torch.tensor([0, 0, 1, 1, 1])[:, None] != torch.tensor([0, 0, 1, 1, 1])
    torch.testing.assert_close(miner().probabilities(d, other, 2)[0], torch.tensor([0, 0, 1, 1, 1]).double() / 3)


@pytest.mark.parametrize("settings", [{"nearest": 0.0}, {"nearest": 1.5}, {"farthest": 2.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(UserError, match="above 0 and below 2|farthest = 1.4: expected more than nearest, 1.5"):
        miner(**settings)
