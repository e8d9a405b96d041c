"""Batches are filled up to few sizes; graphs are kept apart by shape and constants."""

import pytest
import torch

from eigen2arc.deep.ops.cuda_graphs import KEPT, Graphed, padded


@pytest.mark.parametrize(("count", "wanted"), [(1, 4), (4, 4), (5, 8), (8, 8), (9, 16), (1000, 1024)])
def test_batches_are_filled_up_to_a_power_of_two(count: int, wanted: int) -> None:
    x = torch.rand(count, 2, 3)
    filled = padded(x, 4)
    assert filled.shape == (wanted, 2, 3)
    assert torch.equal(filled[:count], x) and (filled[count:] == 0).all()


@pytest.mark.gpu
def test_replays_see_new_values_and_constants() -> None:
    graphed = Graphed(lambda x, factor: (x * factor, x.sum()))
    two, three = torch.tensor(2.0, device="cuda"), torch.tensor(3.0, device="cuda")
    kept = []
    for size in range(1, KEPT + 4):
        for factor in (two, three):
            x = torch.rand(size, device="cuda")
            kept.append((graphed(x, factor), x, factor))
    for (product, total), x, factor in kept:
        torch.testing.assert_close(product, x * factor)
        torch.testing.assert_close(total, x.sum())
    assert len(graphed.captured) == KEPT
