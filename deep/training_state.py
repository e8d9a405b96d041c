"""All of a training run that the next step needs, and its way to the disk and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError

from . import checkpoint


@dataclass
class TrainingState:
    """network and optimiser (SGD with momentum), the loss of every step so far, and each look at what is held out.

    facts : what has to be the same when the run is gone on with, as the settings. merit : the figure of a look that
    says how good the weights are, from 0 on.
    """

    network: nn.Module
    optimiser: torch.optim.SGD
    facts: Mapping[str, Any]
    merit: str
    losses: list[float] = field(default_factory=list)
    looks: list[dict[str, float]] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The number of the next step."""
        return len(self.losses)

    @property
    def best(self) -> float:
        """The best look's figure so far; 0 before the first."""
        return max((look[self.merit] for look in self.looks), default=0.0)

    def save(self, path: Path) -> None:
        """Write all of it, atomically."""
        momentum = {
            f"momentum.{name}": self.optimiser.state[p]["momentum_buffer"]
            for name, p in self.network.named_parameters()
            if self.optimiser.state[p]
        }
        network = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        losses = {"losses": torch.tensor(self.losses, dtype=torch.float32)}
        checkpoint.save(path, network | momentum | losses, {**self.facts, "step": self.step, "looks": self.looks})

    def load(self, path: Path) -> None:
        """Take over what save() wrote. Raises UserError if the facts have changed since."""
        tensors, facts = checkpoint.load(path)
        for name, now in self.facts.items():
            if facts.get(name) != now:
                raise UserError(f"{path}: {name} was {facts.get(name)}, and is {now} now; start anew in another folder")
        self.losses = tensors.pop("losses").tolist()
        self.looks = facts["looks"]
        momentum = _split(tensors, "momentum.")
        checkpoint.load_into(self.network, _split(tensors, "network."), str(path))
        for name, p in self.network.named_parameters():
            if name in momentum:
                self.optimiser.state[p]["momentum_buffer"] = momentum[name].to(p.device)


def _split(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
