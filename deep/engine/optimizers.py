"""How weights move: SGD with momentum or, for the first steps, Adam."""

from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from torch import nn

from .sampled_sgd import SampledSGD


class Steps(Protocol):
    """The settings that a step follows from; see training.Schedule."""

    @property
    def learning_rate(self) -> float: ...

    @property
    def momentum(self) -> float: ...

    @property
    def weight_decay(self) -> float: ...

    @property
    def adam_steps(self) -> int: ...

    @property
    def adam_learning_rate(self) -> float: ...


class Optimisers:
    """Adam (Kingma, Ba, ICLR 2015) for ``adam_steps`` steps, then SGD with momentum from a standstill.

    Adam needs no good first rate and gets deep networks moving; SGD ends at weights that do better on what was not
    trained on (Keskar, Socher, "Improving generalization performance by switching from Adam to SGD", 2017).
    """

    def __init__(self, network: nn.Module, settings: Steps) -> None:
        self.settings = settings
        groups = parameter_groups(network, settings.weight_decay)
        self.by_name: dict[str, torch.optim.Optimizer] = {}
        if settings.adam_steps:
            self.by_name["adam"] = torch.optim.Adam(parameter_groups(network, settings.weight_decay))
        self.by_name["sgd"] = SampledSGD(groups, momentum=settings.momentum)
        self._prepared: dict[str, AcceleratedOptimizer] = {}

    def prepare(self, accelerator: Accelerator) -> None:
        """Hand them to accelerate, which scales the gradients of half precision back."""
        self._prepared = {name: accelerator.prepare(optimiser) for name, optimiser in self.by_name.items()}

    def of(self, step: int, rate: float) -> AcceleratedOptimizer:
        """The one whose turn it is, with the rate of that step; ``rate`` is SGD's."""
        name, share = "sgd", 1.0
        if step < self.settings.adam_steps:
            name, share = "adam", self.settings.adam_learning_rate / self.settings.learning_rate
        for group in self.by_name[name].param_groups:
            group["lr"] = rate * share
        return self._prepared[name]


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Biases, slopes and normalisation are not decayed: they cannot overfit."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
