"""SampledSGD beside torch's SGD, where all rows have gradients and where some have."""

import torch
from torch.nn import functional as F

from eigen2arc.deep.engine.sampled_sgd import SampledSGD

SETTINGS = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}


def weights() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64))


def descend(weight: torch.nn.Parameter, optimiser: torch.optim.Optimizer, rows: list[int], sparse: bool) -> None:
    optimiser.zero_grad()
    F.embedding(torch.tensor(rows), weight, sparse=sparse).square().sum().backward()
    optimiser.step()


def test_with_all_rows_it_is_sgd() -> None:
    ours, torchs = weights(), weights()
    a, b = SampledSGD([ours], **SETTINGS), torch.optim.SGD([torchs], **SETTINGS)
    for _ in range(5):
        descend(ours, a, [0, 1, 2, 3, 4, 5], sparse=True)
        descend(torchs, b, [0, 1, 2, 3, 4, 5], sparse=False)
    torch.testing.assert_close(ours, torchs)


def test_dense_gradients_are_sgds() -> None:
    ours, torchs = weights(), weights()
    a, b = SampledSGD([ours], **SETTINGS), torch.optim.SGD([torchs], **SETTINGS)
    for _ in range(3):
        descend(ours, a, [1, 4], sparse=False)
        descend(torchs, b, [1, 4], sparse=False)
    assert torch.equal(ours, torchs)


def test_rows_that_were_not_met_stay_with_their_momentum() -> None:
    weight = weights()
    optimiser = SampledSGD([weight], **SETTINGS)
    descend(weight, optimiser, [0, 1], sparse=True)
    before, momentum = weight.detach().clone(), optimiser.state[weight]["momentum_buffer"].clone()
    descend(weight, optimiser, [1, 2, 2], sparse=True)
    stayed = [0, 3, 4, 5]
    assert torch.equal(weight.detach()[stayed], before[stayed])
    assert torch.equal(optimiser.state[weight]["momentum_buffer"][stayed], momentum[stayed])
    assert (weight.detach()[[1, 2]] != before[[1, 2]]).all()
