"""All of a training run that the next step needs, and its way to the disk and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import keep_copy
from eigen2arc.deep.distributed.partial_fc import sharded_parameters
from eigen2arc.deep.weights_io import checkpoint

#: What metadata call a digest of the training data, and what they say of those data for people.
DIGESTS = ("crops", "pictures")
DATA = "data"


@dataclass
class TrainingState:
    """A training run: network and optimizers by name, the loss of every step so far, and each evaluation.

    metadata : what has to be the same when the run is resumed, as the settings; but for DATA, counts of images and
    people and a digest of the people's ``names``, which what_changed() reads. monitor : the metric of an evaluation
    by which the best weights are chosen, from 0 on. scaler : of the gradients, in float16; None otherwise.
    """

    network: nn.Module
    optimizers: Mapping[str, torch.optim.Optimizer]
    metadata: Mapping[str, Any]
    monitor: str
    scaler: torch.amp.GradScaler | None = None
    losses: list[float] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The number of the next step."""
        return len(self.losses)

    @property
    def best(self) -> float:
        """The highest value of the monitored metric so far; 0 before the first, and where nothing is held out."""
        return max((metrics[self.monitor] for metrics in self.evaluations if self.monitor in metrics), default=0.0)

    @property
    def last_is_best(self) -> bool:
        """Whether the last evaluation's weights are to be kept: the best ones or, where nothing is held out, any."""
        metrics = self.evaluations[-1]
        return self.monitor not in metrics or metrics[self.monitor] == self.best

    def save(self, path: Path, main: bool = True) -> None:
        """Write the whole state, atomically; the file that is there is kept as previous(path).

        Every process has to call it, since each may have a part of a classifier (Partial FC). main : the one that
        writes.
        """
        sharded = sharded_parameters(self.network)

        def whole(name: str, value: Tensor) -> Tensor:
            """Gather what every process has rows of; Adam's count of steps is one number for all."""
            return sharded[name].gather_rows(value) if name in sharded and value.ndim else value

        # Names in files keep their spelling, so that runs of earlier versions can be resumed.
        momenta = {
            f"optimiser.{optimizer}.{key}.{name}": whole(name, value)
            for optimizer, key, name, value in self._optimizer_state()
            if value is not None
        }
        network = {f"network.{name}": whole(name, tensor) for name, tensor in self.network.state_dict().items()}
        if not main:
            return
        losses = {"losses": torch.tensor(self.losses, dtype=torch.float32)}
        scaler = {} if self.scaler is None else {"scaler": self.scaler.state_dict()}
        if path.exists():
            keep_copy(path, previous(path))
        metadata = {**self.metadata, "step": self.step, "looks": self.evaluations, **scaler}
        checkpoint.save(path, network | momenta | losses, metadata)

    def _optimizer_state(self) -> list[tuple[str, str, str, Tensor | None]]:
        """What the optimizers remember: optimizer, key, the parameter's name, value."""
        return [
            (optimizer, key, name, value)
            for optimizer, of in self.optimizers.items()
            for name, p in self.network.named_parameters()
            for key, value in of.state.get(p, {}).items()
        ]

    def load(self, path: Path) -> Path:
        """Read what save() wrote; return the file: ``path``, or the previous one where that is damaged.

        Raises UserError if both are, or the metadata have changed since.
        """
        try:
            tensors, metadata = checkpoint.load(path)
        except UserError:
            if not previous(path).exists():
                raise
            path = previous(path)
            tensors, metadata = checkpoint.load(path)
        for name, now in self.metadata.items():
            if name != DATA and metadata.get(name) != now:
                changed = what_changed(name, metadata, self.metadata)
                raise UserError(f"{path}: {changed}. Put it back, or start anew in another folder")
        with parsing(path, "is not the state of this training", "Start anew in another folder"):
            self._restore(tensors, metadata, path)
        return path

    def _restore(self, tensors: dict[str, Tensor], metadata: dict[str, Any], path: Path) -> None:
        self.losses = tensors.pop("losses").tolist()
        self.evaluations = metadata["looks"]
        if not all(isinstance(metrics.get(self.monitor, 0.0), int | float) for metrics in self.evaluations):
            raise ValueError(f"an evaluation's {self.monitor} is no number")
        if self.scaler is not None:
            self.scaler.load_state_dict(metadata["scaler"])
        for full in tensors:
            for name, classifier in sharded_parameters(self.network).items():
                if full.endswith(f".{name}") and tensors[full].ndim:
                    tensors[full] = tensors[full][classifier.rows.start : classifier.rows.stop]
        momenta = _split(tensors, "optimiser.")
        checkpoint.load_into(self.network, _split(tensors, "network."), str(path))
        parameters = dict(self.network.named_parameters())
        for full, value in momenta.items():
            optimizer, key, name = full.split(".", 2)
            p = parameters[name]
            if value.ndim and value.shape != p.shape:
                raise ValueError(f"{full} has the shape {tuple(value.shape)}")
            # Adam counts its steps in a tensor that stays on the CPU.
            self.optimizers[optimizer].state[p][key] = value if value.ndim == 0 else value.to(p.device)


def what_changed(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say in words which of two runs' metadata called ``name`` differ.

    A digest is of the data, and says nothing to anybody: DATA does, where both have it.
    """
    old, new = was.get(name), now[name]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return ", ".join(f"{name}: {key} was {old.get(key)!r:.80}, and is {new.get(key)!r:.80} now" for key in keys)
    if name not in DIGESTS:
        return f"{name} was {old!r:.80}, and is {new!r:.80} now"
    before, after = was.get(DATA), now.get(DATA)
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return "the training data, its images or what is said of them, are not those that the run began with"
    kinds = ("images", "people")
    counts = [", ".join(f"{one[kind]} {kind}" for kind in kinds if kind in one) for one in (before, after)]
    if counts[0] != counts[1]:
        return f"the run began with {counts[0]}, and now there are {counts[1]}"
    what = "people" if before.get("names") != after.get("names") else "images, or other boxes and points"
    return f"there are still {counts[1]}, but other {what} than the run began with"


def previous(path: Path) -> Path:
    """Return the path of the state before the last one."""
    return path.with_suffix(f".previous{path.suffix}")


def _split(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
