"""SGD that moves of a large matrix only the rows that a batch has met, as Partial FC's."""

from typing import Any

import torch
from torch import Tensor


class SampledSGD(torch.optim.SGD):
    """torch's SGD; of a parameter whose gradient is sparse, the rows without one stay, and so does their momentum.

    The rows with one take torch's own step, weight decay and momentum included. Takes plain momentum only.
    """

    def step(self, closure: Any = None) -> Any:
        """The sparse gradients first; what is left is torch's, closure included."""
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
