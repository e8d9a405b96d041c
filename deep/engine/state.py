"""All of a training run that the next step needs, and its way to the disk and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import keep_copy
from eigen2arc.deep.distributed.partial_fc import shards
from eigen2arc.deep.weights_io import checkpoint


@dataclass
class TrainingState:
    """network and optimisers by name, the loss of every step so far, and each look at what is held out.

    facts : what has to be the same when the run is gone on with, as the settings. merit : the figure of a look that
    says how good the weights are, from 0 on. scaler : of the gradients, in float16; None otherwise.
    """

    network: nn.Module
    optimisers: Mapping[str, torch.optim.Optimizer]
    facts: Mapping[str, Any]
    merit: str
    scaler: torch.amp.GradScaler | None = None
    losses: list[float] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The number of the next step."""
        return len(self.losses)

    @property
    def best(self) -> float:
        """The best look's figure so far; 0 before the first, and where nothing is held out."""
        return max((look[self.merit] for look in self.looks if self.merit in look), default=0.0)

    @property
    def last_is_best(self) -> bool:
        """Whether the last look's weights are those to keep: the best ones or, where nothing is held out, the last."""
        look = self.looks[-1]
        return self.merit not in look or look[self.merit] == self.best

    def save(self, path: Path, main: bool = True) -> None:
        """Write all of it, atomically; the state that is there is kept as previous(path).

        Every process has to call it, since each may have a part of a classifier (Partial FC). main : the one that
        writes.
        """
        sharded = shards(self.network)
        moved = {
            f"optimiser.{optimiser}.{key}.{name}": sharded[name].whole(value) if name in sharded else value
            for optimiser, key, name, value in self._moved()
            if value is not None
        }
        network = {
            f"network.{name}": sharded[name].whole(tensor) if name in sharded else tensor
            for name, tensor in self.network.state_dict().items()
        }
        if not main:
            return
        losses = {"losses": torch.tensor(self.losses, dtype=torch.float32)}
        scaler = {} if self.scaler is None else {"scaler": self.scaler.state_dict()}
        if path.exists():
            keep_copy(path, previous(path))
        facts = {**self.facts, "step": self.step, "looks": self.looks, **scaler}
        checkpoint.save(path, network | moved | losses, facts)

    def _moved(self) -> list[tuple[str, str, str, Tensor | None]]:
        """What the optimisers remember: optimiser, key, the parameter's name, value."""
        return [
            (optimiser, key, name, value)
            for optimiser, of in self.optimisers.items()
            for name, p in self.network.named_parameters()
            for key, value in of.state.get(p, {}).items()
        ]

    def load(self, path: Path) -> Path:
        """Take over what save() wrote; returns the file: ``path``, or the previous one where that is damaged.

        Raises UserError if both are, or the facts have changed since.
        """
        try:
            tensors, facts = checkpoint.load(path)
        except UserError:
            if not previous(path).exists():
                raise
            path = previous(path)
            tensors, facts = checkpoint.load(path)
        for name, now in self.facts.items():
            if facts.get(name) != now:
                raise UserError(f"{path}: {name} was {facts.get(name)}, and is {now} now; start anew in another folder")
        self.losses = tensors.pop("losses").tolist()
        self.looks = facts["looks"]
        if self.scaler is not None:
            self.scaler.load_state_dict(facts["scaler"])
        for full in tensors:
            for name, classifier in shards(self.network).items():
                if full.endswith(f".{name}"):
                    tensors[full] = tensors[full][classifier.rows.start : classifier.rows.stop]
        moved = _split(tensors, "optimiser.")
        checkpoint.load_into(self.network, _split(tensors, "network."), str(path))
        parameters = dict(self.network.named_parameters())
        for full, value in moved.items():
            optimiser, key, name = full.split(".", 2)
            p = parameters[name]
            # Adam counts its steps in a tensor that stays on the CPU.
            self.optimisers[optimiser].state[p][key] = value if value.ndim == 0 else value.to(p.device)
        return path


def previous(path: Path) -> Path:
    """Where the state before the last one lies."""
    return path.with_suffix(f".previous{path.suffix}")


def _split(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
