"""How weights move: SGD with momentum, of a sampled classifier by rows, or for the first steps Adam."""

from typing import Any

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from torch import Tensor, nn

from .schedule import Schedule


class Optimizers:
    """Adam (Kingma, Ba, ICLR 2015) for ``adam_steps`` steps, then SGD with momentum from a standstill.

    Adam needs no good first rate and gets deep networks moving; SGD ends at weights that do better on what was not
    trained on (Keskar, Socher, "Improving generalization performance by switching from Adam to SGD", 2017).
    """

    def __init__(self, network: nn.Module, schedule: Schedule) -> None:
        self.schedule = schedule
        groups = parameter_groups(network, schedule.weight_decay)
        self.by_name: dict[str, torch.optim.Optimizer] = {}
        if schedule.adam_steps:
            self.by_name["adam"] = torch.optim.Adam(parameter_groups(network, schedule.weight_decay))
        self.by_name["sgd"] = SampledSGD(groups, momentum=schedule.momentum)
        self._prepared: dict[str, AcceleratedOptimizer] = {}

    def prepare(self, accelerator: Accelerator) -> None:
        """Wrap the optimizers by accelerate, which scales the gradients of half precision back."""
        self._prepared = {name: accelerator.prepare(optimizer) for name, optimizer in self.by_name.items()}

    def of(self, step: int, rate: float) -> AcceleratedOptimizer:
        """Return the optimizer of a step with its learning rate set; ``rate`` is SGD's, Adam's is in proportion."""
        name, share = "sgd", 1.0
        if step < self.schedule.adam_steps:
            name, share = "adam", self.schedule.adam_learning_rate / self.schedule.learning_rate
        for group in self.by_name[name].param_groups:
            group["lr"] = rate * share
        return self._prepared[name]


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Split a network's parameters into those that are decayed, matrices and kernels, and those that are not.

    Biases, slopes and normalisation are not decayed: they cannot overfit.
    """
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


class SampledSGD(torch.optim.SGD):
    """torch's SGD; of a parameter whose gradient is sparse, as Partial FC's, the rows without one stay as they are.

    So does their momentum. The rows with one take torch's own step, weight decay and momentum included. Takes plain
    momentum only.
    """

    def step(self, closure: Any = None) -> Any:
        """Take one step: first the sparse gradients, then torch's own for what is left, closure included."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None and p.grad.is_sparse:
                    self._step_rows(p, group)
                    p.grad = None
        return super().step(closure)

    @torch.no_grad()
    def _step_rows(self, p: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p)
        momentum: Tensor = state["momentum_buffer"]
        gradient = p.grad.coalesce()  # type: ignore[union-attr]
        rows = gradient.indices()[0]
        moved = group["momentum"] * momentum[rows] + gradient.values() + group["weight_decay"] * p[rows]
        momentum[rows] = moved
        p[rows] -= group["lr"] * moved
