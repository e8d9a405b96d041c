"""Adam first, then SGD, each as torch's own with the same gradients; SampledSGD where some rows have gradients."""

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn import functional as F

from eigen2arc.deep.engine.optimizers import Optimizers, SampledSGD, parameter_groups
from eigen2arc.deep.engine.schedule import Schedule, learning_rate

SCHEDULE = Schedule(steps=8, warm_up_steps=2, learning_rate=0.5, adam_steps=4, adam_learning_rate=0.02)
SGD = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.PReLU(4), nn.Linear(4, 1))


def test_each_moves_the_weights_in_its_turn() -> None:
    ours, theirs = network(), network()
    optimizers = Optimizers(ours, SCHEDULE)
    optimizers.prepare(Accelerator(cpu=True))
    adam = torch.optim.Adam(parameter_groups(theirs, SCHEDULE.weight_decay))
    sgd = torch.optim.SGD(parameter_groups(theirs, SCHEDULE.weight_decay), momentum=0.9)
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    for step in range(SCHEDULE.steps):
        rate = learning_rate(SCHEDULE, step)
        reference = adam if step < 4 else sgd
        for group in reference.param_groups:
            group["lr"] = rate * 0.02 / 0.5 if step < 4 else rate
        for net, optimizer in ((ours, optimizers.of(step, rate)), (theirs, reference)):
            optimizer.zero_grad()
            net(x).square().mean().backward()
            optimizer.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_only_matrices_are_decayed() -> None:
    decayed, kept = parameter_groups(network(), 0.1)
    assert [p.shape for p in decayed["params"]] == [(4, 3), (1, 4)] and decayed["weight_decay"] == 0.1
    assert [p.shape for p in kept["params"]] == [(4,), (4,), (1,)] and kept["weight_decay"] == 0


def test_sgd_alone_has_no_adam() -> None:
    assert list(Optimizers(network(), Schedule()).by_name) == ["sgd"]


def weights() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64))


def descend(weight: torch.nn.Parameter, optimizer: torch.optim.Optimizer, rows: list[int], sparse: bool) -> None:
    optimizer.zero_grad()
    F.embedding(torch.tensor(rows), weight, sparse=sparse).square().sum().backward()
    optimizer.step()


def test_with_all_rows_sampled_sgd_is_sgd() -> None:
    ours, torchs = weights(), weights()
    a, b = SampledSGD([ours], **SGD), torch.optim.SGD([torchs], **SGD)
    for _ in range(5):
        descend(ours, a, [0, 1, 2, 3, 4, 5], sparse=True)
        descend(torchs, b, [0, 1, 2, 3, 4, 5], sparse=False)
    torch.testing.assert_close(ours, torchs)


def test_dense_gradients_are_sgds() -> None:
    ours, torchs = weights(), weights()
    a, b = SampledSGD([ours], **SGD), torch.optim.SGD([torchs], **SGD)
    for _ in range(3):
        descend(ours, a, [1, 4], sparse=False)
        descend(torchs, b, [1, 4], sparse=False)
    assert torch.equal(ours, torchs)


def test_of_sampled_sgd_rows_that_were_not_met_stay_with_their_momentum() -> None:
    weight = weights()
    optimizer = SampledSGD([weight], **SGD)
    descend(weight, optimizer, [0, 1], sparse=True)
    before, momentum = weight.detach().clone(), optimizer.state[weight]["momentum_buffer"].clone()
    descend(weight, optimizer, [1, 2, 2], sparse=True)
    stayed = [0, 3, 4, 5]
    assert torch.equal(weight.detach()[stayed], before[stayed])
    assert torch.equal(optimizer.state[weight]["momentum_buffer"][stayed], momentum[stayed])
    assert (weight.detach()[[1, 2]] != before[[1, 2]]).all()
