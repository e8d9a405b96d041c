"""fp16's gradient scaler in the training loop: it begins far too high, and has to find its way without harm."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from eigen2arc.core import plugins
from eigen2arc.deep.encode.network.embedding_network import EmbeddingNetwork
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.schedule import Precision

from ._measure import Row, row

PEOPLE, BATCH, STEPS, WIDTH = 16, 64, 60, 0.5

#: Factor on the loss to begin with: scaled gradients overflow, those steps must be skipped and the factor halved.
FIRST_SCALE = 2.0**30

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"precision": "no", "batch": 4, "steps": 3, "width": 0.125}


def build(*, device: str = "cuda") -> list[Row]:
    """Train in fp16 on a GPU and return the one row; without a GPU it says so and has no numbers.

    There are no seconds to set, as the number of steps is given.
    """
    if not torch.cuda.is_available():
        return [row("fp16's scaler: left out, torch finds no CUDA device", "", None)]
    return list(on_device(device, 0.0))


def on_device(
    device: str,
    seconds: float,
    *,
    precision: Precision = "fp16",
    batch: int = BATCH,
    steps: int = STEPS,
    width: float = WIDTH,
) -> Iterator[Row]:
    """Yield the row of a training of a MobileFaceNet by the engine: steps taken, of all; its note tells of the scale.

    seconds : not used, as the number of steps is given. Raises RuntimeError where the scaler was not used, never
    skipped a step or always did, and for weights that are not finite; the engine itself stops at such a loss.
    """
    torch.manual_seed(0)
    backbone = plugins.build("backbone", "mobilefacenet", width=width)
    loss = plugins.build("loss", "arcface", embedding_size=backbone.embedding_size, classes=PEOPLE)
    network = EmbeddingNetwork(backbone, loss)
    schedule = training.Schedule(
        batch_size=batch,
        steps=steps + 1,  # the last is not asked for: nothing is written
        learning_rate=0.01,
        mixed_precision=precision,
        verify_every_steps=steps + 1,
        save_every_s=1e9,
    )
    accelerator = training.start(schedule, device)
    scaler = accelerator.scaler
    if scaler is not None:
        scaler.load_state_dict(scaler.state_dict() | {"scale": FIRST_SCALE})
    task = _Watched(network, accelerator, batch, steps)
    with TemporaryDirectory() as folder:
        losses = training.run(task, schedule, Path(folder), accelerator, resume=False, command="", progress=False)
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise RuntimeError(f"{name} is not finite any more")
    what = f"training MobileFaceNet x {width:g}, {precision}, {steps} steps"
    ended = f"loss {losses[0]:.2f} to {losses[-1]:.2f}"
    if scaler is None:
        yield row(what, "steps taken", steps, steps, "all steps", f"no scaler in {precision}; {ended}")
        return
    scales = [*task.scales, scaler.get_scale()]
    skipped = int(np.count_nonzero(np.diff(scales) < 0))
    if not scaler.is_enabled() or not 0 < skipped < steps:
        raise RuntimeError(f"the scaler skipped {skipped} of {steps} steps, from scale {scales[0]:g} to {scales[-1]:g}")
    note = f"scale {scales[0]:g} to {scales[-1]:g}, {skipped} steps skipped; {ended}"
    yield row(what, "steps taken", steps - skipped, steps, "all steps", note)


class _Watched:
    """A task that notes the scale before each step: one that overflowed is skipped, and the scale falls."""

    monitor, resume_command = ("accuracy", ""), ""
    metadata: Mapping[str, Any] = {}

    def __init__(self, network: EmbeddingNetwork, accelerator: Accelerator, batch: int, steps: int) -> None:
        self.network, self.export_module = network, network.backbone
        self.accelerator, self.batch, self.steps = accelerator, batch, steps
        self.scales: list[float] = []

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        side = self.network.backbone.size_px
        for step in steps[: self.steps]:
            if self.accelerator.scaler is not None:
                self.scales.append(self.accelerator.scaler.get_scale())
            rng = np.random.default_rng(step)
            crops = rng.integers(0, 256, (self.batch, side, side, 3), np.uint8)
            yield torch.from_numpy(crops), torch.from_numpy(rng.integers(0, PEOPLE, self.batch))

    def evaluate(self, device: torch.device) -> dict[str, Any]:
        return {}
