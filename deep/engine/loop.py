"""Train any network: batches, steps, evaluations on held-out data, states to resume from. Reads as it runs.

Nothing random depends on what was drawn before: a step's batch, augmentation and dropout follow from the seed and the
step's number alone. So a run that was killed and resumed is the run that was not.
"""

import errno
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from eigen2arc.core.bounds import check_settings
from eigen2arc.core.errors import UserError
from eigen2arc.deep.distributed.partial_fc import exclude_shards_from_ddp
from eigen2arc.deep.distributed.processes import any_process
from eigen2arc.deep.distributed.sync_batch_norm import synchronize_batch_norms
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

from .log import Log
from .optimizers import Optimizers
from .schedule import Schedule, learning_rate
from .state import TrainingState

#: In the folder of a run: what it is resumed from, and what comes out.
STATE, BEST = "state.safetensors", "best.safetensors"

#: What a full disk says: no space, no more of the user's quota, no more than a file may have.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(UserError):
    """There is no room for the next state; the last one is whole."""


class Task(Protocol):
    """What is trained: a network with its loss, the batches it is given, and how it is evaluated on held-out data.

    Every trainer has one such class and hands an object of it to run(), which knows nothing else about faces.

    monitor : the metric of evaluate() by which the best weights are chosen, the higher the better, and the words for it
    in the log. resume_command : what a user types to resume a run that was stopped.
    """

    resume_command: str
    monitor: tuple[str, str]

    @property
    def network(self) -> nn.Module:
        """From a batch's tensors to the loss, a scalar: one module, which accelerate keeps alike on all devices."""
        ...

    @property
    def export_module(self) -> nn.Module:
        """The part of the network that is wanted in the end, without its loss: best.safetensors holds its weights."""
        ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What is written into the files, and has to be the same when a run is resumed; "settings" among it."""
        ...

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        """Yield the tensors of each step or, on one of several devices, this device's part of them."""
        ...

    def evaluate(self, device: torch.device) -> dict[str, Any]:
        """Compute the metrics of the network on what is held out, by name; empty where nothing is."""
        ...


def start(schedule: Schedule, device: str) -> Accelerator:
    """Create the Accelerator for a device, once all settings of the training are checked. Raises UserError."""
    check_settings(vars(schedule), type(schedule), "training")
    chosen = torch_device(device)
    on_cpu = chosen.type == "cpu"
    if on_cpu and schedule.mixed_precision == "fp16":
        raise UserError("training: mixed_precision = 'fp16' needs a GPU; on a CPU take no or bf16")
    if chosen.index is not None:
        torch.cuda.set_device(chosen)  # accelerate takes the current one
    return Accelerator(mixed_precision=schedule.mixed_precision, cpu=on_cpu)


def run(
    task: Task,
    schedule: Schedule,
    out: Path,
    accelerator: Accelerator,
    *,
    resume: bool,
    command: str,
    progress: bool = True,
) -> np.ndarray:
    """Train a task; leave in ``out`` best.safetensors (half precision), for use, and state.safetensors, to resume from.

    With them go the state before that one, and the curves for TensorBoard. command : what was typed, to be written down
    with the weights. progress : whether a progress bar is shown. Returns the loss of every step, (steps,) float32.
    Raises UserError for a loss that is not finite and for a full disk, and KeyboardInterrupt after Ctrl-C, once the
    state is saved.
    """
    main, part, parts = accelerator.is_main_process, accelerator.process_index, accelerator.num_processes
    network = synchronize_batch_norms(task.network, accelerator.device).to(accelerator.device)
    optimizers = Optimizers(network, schedule)
    state = TrainingState(network, optimizers.by_name, task.metadata, task.monitor[0], accelerator.scaler)
    begun_from = state.load(out / STATE) if resume else None
    exclude_shards_from_ddp(network)
    parallel = accelerator.prepare(network)
    optimizers.prepare(accelerator)

    saved_s = time.monotonic()
    with (
        _disk_can_fill(out, state, task.resume_command),
        _stop_requested() as stop,
        Log(out, schedule.steps, state.step, task.monitor, main and progress) as log,
    ):
        if begun_from not in (None, out / STATE):
            log.say(f"{out / STATE} is damaged; going on from {begun_from}, step {state.step}")
        for batch in task.batches(range(state.step, schedule.steps), part, parts):
            torch.manual_seed(schedule.seed + state.step)
            rate = learning_rate(schedule, state.step)
            optimizer = optimizers.of(state.step, rate)
            parallel.train()
            with accelerator.autocast():
                loss = parallel(*(tensor.to(accelerator.device) for tensor in batch))
            _check_finite(loss, state, out)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            state.losses.append(loss.item())
            log.step(state.step, state.losses[-1], rate, state.best)

            last = state.step == schedule.steps
            if main and (last or state.step % schedule.verify_every_steps == 0):
                recent = float(np.mean(state.losses[-100:]))
                state.evaluations.append({"step": state.step, "loss": recent, **task.evaluate(accelerator.device)})
                log.evaluation(state.evaluations[-1])
                if state.last_is_best:
                    _save_weights(out / BEST, task.export_module, state, command)
            due = time.monotonic() - saved_s > schedule.save_every_s
            due, stopping = any_process([last or due, stop.is_set()])
            if due or stopping:
                state.save(out / STATE, main)
                saved_s = time.monotonic()
            if stopping and not last:
                log.say(f"stopped after step {state.step}; go on with: {task.resume_command}")
                raise KeyboardInterrupt
    accelerator.wait_for_everyone()  # the main process has written the weights that the others may want
    return np.array(state.losses, np.float32)


def check_folder(out: Path, resume: bool) -> None:
    """Raise UserError for a run to resume that is not there, and for one that would be overwritten."""
    if resume and not (out / STATE).exists():
        raise UserError(f"{out}: there is no {STATE} to resume from; leave out --resume to start anew")
    if not resume and (out / STATE).exists():
        raise UserError(f"{out}: an earlier run is there; go on with it by --resume, or choose another folder")


def saved_settings(out: Path) -> dict[str, Any]:
    """Read the settings, by name, of the run in a folder, to resume it with. Raises UserError if there is none."""
    check_folder(out, resume=True)
    settings = checkpoint.load(out / STATE)[1].get("settings")
    if not isinstance(settings, dict):
        raise UserError(f"{out / STATE}: does not say with which settings the run began; start anew in another folder")
    return settings


@contextmanager
def _stop_requested() -> Iterator[threading.Event]:
    """Ctrl-C, or a polite kill, sets the event instead of breaking a step in the middle; a second Ctrl-C breaks."""
    event = threading.Event()

    def stop(signum: int, _frame: object) -> None:
        event.set()
        signal.signal(signum, before[signal.Signals(signum)])

    before = {signum: signal.signal(signum, stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextmanager
def _disk_can_fill(out: Path, state: TrainingState, resume_command: str) -> Iterator[None]:
    """A disk that is full is the user's to empty: the last state and the best weights are whole."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFull(
            f"{out}: {error.strerror} after step {state.step}; what was saved there before is whole. "
            f"Make room and go on with: {resume_command}"
        ) from error


def _check_finite(loss: Tensor, state: TrainingState, out: Path) -> None:
    """Stop before a loss that is no number spoils the weights."""
    if not torch.isfinite(loss):
        raise UserError(
            f"step {state.step}: the loss is {loss.item()}; {out} holds what was reached before. "
            "Start anew in another folder with a lower learning_rate or more warm_up_steps"
        )


def _save_weights(path: Path, module: nn.Module, state: TrainingState, command: str) -> None:
    """Write the network for use, its parameters in half precision, with all that tells where it comes from."""
    tensors = module.state_dict() | {name: p.detach().half() for name, p in module.named_parameters()}
    versions = {"eigen2arc": version("eigen2arc"), "torch": torch.__version__}
    # Histograms stay in the state: who reads a weights file wants numbers.
    evaluations = [
        {name: value for name, value in metrics.items() if not isinstance(value, list)} for metrics in state.evaluations
    ]
    metadata = {
        **state.metadata,
        "step": state.step,
        "command": command,
        "versions": versions,
        "figures": {"held_out": evaluations[-1], "looks": evaluations},
    }
    checkpoint.save(path, tensors, metadata)
