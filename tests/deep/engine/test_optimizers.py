"""Adam first, then SGD, each as torch's own with the same gradients."""

import torch
from accelerate import Accelerator
from torch import nn

from eigen2arc.deep.engine.learning_rate import learning_rate
from eigen2arc.deep.engine.loop import Schedule
from eigen2arc.deep.engine.optimizers import Optimisers, parameter_groups

SCHEDULE = Schedule(steps=8, warm_up_steps=2, learning_rate=0.5, adam_steps=4, adam_learning_rate=0.02)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.PReLU(4), nn.Linear(4, 1))


def test_each_moves_the_weights_in_its_turn() -> None:
    ours, theirs = network(), network()
    optimisers = Optimisers(ours, SCHEDULE)
    optimisers.prepare(Accelerator(cpu=True))
    adam = torch.optim.Adam(parameter_groups(theirs, SCHEDULE.weight_decay))
    sgd = torch.optim.SGD(parameter_groups(theirs, SCHEDULE.weight_decay), momentum=0.9)
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    for step in range(SCHEDULE.steps):
        rate = learning_rate(SCHEDULE, step)
        reference = adam if step < 4 else sgd
        for group in reference.param_groups:
            group["lr"] = rate * 0.02 / 0.5 if step < 4 else rate
        for net, optimiser in ((ours, optimisers.of(step, rate)), (theirs, reference)):
            optimiser.zero_grad()
            net(x).square().mean().backward()
            optimiser.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_only_matrices_are_decayed() -> None:
    decayed, kept = parameter_groups(network(), 0.1)
    assert [p.shape for p in decayed["params"]] == [(4, 3), (1, 4)] and decayed["weight_decay"] == 0.1
    assert [p.shape for p in kept["params"]] == [(4,), (4,), (1,)] and kept["weight_decay"] == 0


def test_sgd_alone_has_no_adam() -> None:
    assert list(Optimisers(network(), Schedule()).by_name) == ["sgd"]
