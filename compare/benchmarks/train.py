"""Training an embedding against a plain PyTorch loop of the same network, and its loader against what a step eats."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.deep.augment.crops import augment
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.encode.data.crops import ArrayCrops
from eigen2arc.deep.encode.data.training_data import Sampler, TrainingData
from eigen2arc.deep.encode.network.backbone import network_input
from eigen2arc.deep.encode.network.embedding_network import EmbeddingNetwork
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.allocator import keep_freed_memory
from eigen2arc.deep.engine.schedule import Precision

from ._measure import Row, raise_failures, row, seconds_of

PEOPLE, IMAGES_EACH, BATCH, WARM_UP, STEPS = 64, 16, 64, 2, 8
DEGRADATIONS = Degradations(0.1, 0.1, 0.1)

#: A number of steps that no training here comes to.
NEVER = 10**9

#: What on_device() trains.
LAYERS: Mapping[str, Any] = {"layers": 50}

#: What is computed in at each mixed_precision of training.Schedule.
TYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"backbone": "mobilefacenet", "settings": {"width": 0.125}, "batch": 4, "side": 64}


def build(*, seconds: NonNegative = 60.0) -> list[Row]:
    """Time both on the CPU, in turns, for about ``seconds``.

    Returns rows: what, unit, ours, peer, peer_name, ratio. Of the loader the peer is the training step.
    """
    return _against_plain_loop("mobilefacenet", {"width": 0.5}, "no", "cpu", seconds)


def on_device(
    device: str,
    seconds: float,
    *,
    backbone: str = "iresnet",
    settings: Mapping[str, Any] = LAYERS,
    batch: int = 0,
    precision: Precision | None = None,
    side: int = 8192,
) -> Iterator[Row]:
    """Yield rows of training a large network, its share of the rate of multiplying matrices, and its loader.

    For `bench gpu`. batch : 0 for one that fits the GPU. precision : None for bf16 where the GPU has it, else fp16.
    side : of the square matrices that are multiplied in the same precision, in the same run.
    """
    on_gpu = device.startswith("cuda")
    batch = batch or (_fitting_batch(device) if on_gpu else BATCH)
    precision = precision or _half_precision(device)
    dtype = TYPES[precision]
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    times, errors = seconds_of({"ours": lambda: [a @ b for _ in range(10)]}, device, 0.1 * seconds)
    raise_failures(errors.values())
    card = 10 * 2 * side**3 / times["ours"] / 1e12
    yield row(f"multiplying matrices of {side} x {side}, {precision}", "TFLOP/s", card)

    torch.manual_seed(0)
    data = _data()
    sampler = plugins.build("sampler", "shuffled", labels=data.classes, batch_size=batch, seed=0)
    memory = [data.batch(sampler.rows(step), step, 0, 1) for step in range(2)]
    made = " ".join([backbone, *(f"{key} {value}" for key, value in settings.items())])
    name = f"training {made}, {precision}, batch {batch}"
    in_memory = _Timed(_network(backbone, settings), lambda *_: cycle(memory), 0.4 * seconds)
    rate = batch / float(np.median(_engine_steps(in_memory, batch, precision, device)))
    note = f"{torch.cuda.max_memory_allocated() / 1e9:.1f} GB at most" if on_gpu else ""
    plain = _plain_loop(_network(backbone, settings), cycle(memory), dtype, device, 0.2 * seconds)
    yield row(f"{name}, crops in memory", "images/s", rate, batch / float(np.median(plain)), "plain PyTorch loop", note)
    trained = rate * _operations(backbone, settings) / 1e12
    yield row(f"{name}: its arithmetic", "TFLOP/s", trained, card, "multiplying matrices")

    loaded = _Timed(_network(backbone, settings), partial(data.batches, sampler), 0.3 * seconds)
    loaded_rate = batch / float(np.median(_engine_steps(loaded, batch, precision, device)))
    yield row(f"{name}, crops augmented meanwhile", "images/s", loaded_rate, rate, "crops in memory")


def _against_plain_loop(
    backbone: str, settings: Mapping[str, Any], precision: Precision, device: str, seconds: float
) -> list[Row]:
    """The training step, and the loader that feeds it."""
    torch.manual_seed(0)
    data = _data()
    sampler = plugins.build("sampler", "shuffled", labels=data.classes, batch_size=BATCH, seed=0)
    ours: list[float] = []
    plain: list[float] = []
    began = time.perf_counter()
    while not ours or time.perf_counter() - began < 0.8 * seconds:
        ours += _our_steps(_network(backbone, settings), data, sampler, precision, device)
        plain += _plain_steps(_network(backbone, settings), data, precision, device)
    rate, plain_rate = BATCH / float(np.median(ours)), BATCH / float(np.median(plain))
    began, batches = time.perf_counter(), 0
    for _ in data.batches(sampler, range(10**6), 0, 1):
        batches += 1
        if time.perf_counter() - began > 0.2 * seconds:
            break
    loader_rate = batches * BATCH / (time.perf_counter() - began)
    name = f"{backbone} {settings}, {precision} on {device}, batch {BATCH}"
    return [
        row(f"training {name}", "images/s", rate, plain_rate, "plain PyTorch loop"),
        row(f"loading for {backbone}, all cores", "images/s", loader_rate, rate, "what the step eats"),
    ]


def _data() -> TrainingData:
    """Noise in memory: what is on the crops makes no difference to the time."""
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (PEOPLE * IMAGES_EACH, 112, 112, 3), np.uint8)
    labels = np.repeat(np.arange(PEOPLE), IMAGES_EACH)
    return TrainingData(ArrayCrops(crops), np.arange(len(crops)), labels, DEGRADATIONS, 0)


def _network(backbone: str, settings: Mapping[str, Any]) -> EmbeddingNetwork:
    size = {"embedding_size": 512}
    made = plugins.build("backbone", backbone, **size, **settings)
    return EmbeddingNetwork(made, plugins.build("loss", "arcface", classes=PEOPLE, **size))


#: Of so many steps, on one of several devices, the batches: TrainingData.batches for a sampler.
Source = Callable[[range, int, int], Iterable[tuple[Tensor, ...]]]


class _Timed:
    """A task that notes when each batch was asked for: between two such times lies one step.

    seconds : after how long it has no more batches, though more steps were planned.
    """

    monitor, resume_command = ("accuracy", ""), ""
    metadata: Mapping[str, Any] = {}

    def __init__(self, network: EmbeddingNetwork, source: Source, seconds: float = math.inf) -> None:
        self.network, self.export_module = network, network.backbone
        self.source, self.seconds = source, seconds
        self.asked_s: list[float] = []

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        for batch in self.source(steps, part, parts):
            self.asked_s.append(time.perf_counter())
            if len(self.asked_s) > WARM_UP + 2 and self.asked_s[-1] > self.asked_s[0] + self.seconds:
                return
            yield batch

    def evaluate(self, device: torch.device) -> dict[str, Any]:
        return {}


def _engine_steps(task: _Timed, batch: int, precision: Precision, device: str) -> list[float]:
    """Seconds of each step of engine.loop.run, which is told of so many steps that it never comes to save its state."""
    schedule = training.Schedule(
        batch_size=batch,
        steps=NEVER,
        learning_rate=0.001,
        mixed_precision=precision,
        verify_every_steps=NEVER,
        save_every_s=NEVER,
    )
    accelerator = training.start(schedule, device)
    with TemporaryDirectory() as folder:
        training.run(task, schedule, Path(folder), accelerator, resume=False, command="", progress=False)
    return np.diff(task.asked_s)[WARM_UP:].tolist()


def _our_steps(
    network: EmbeddingNetwork, data: TrainingData, sampler: Sampler, precision: Precision, device: str
) -> list[float]:
    """Seconds of each step of engine.loop.run."""
    schedule = training.Schedule(batch_size=BATCH, steps=WARM_UP + STEPS, mixed_precision=precision)
    task = _Timed(network, partial(data.batches, sampler))
    keep_freed_memory(device)  # as the command does
    accelerator = training.start(schedule, device)
    with TemporaryDirectory() as folder:
        training.run(task, schedule, Path(folder), accelerator, resume=False, command="", progress=False)
    return np.diff(task.asked_s)[WARM_UP:].tolist()


class _Plain(Dataset[tuple[np.ndarray, int]]):
    """The data set of a tutorial's loop."""

    def __init__(self, data: TrainingData) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data.rows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        crop, place = self.data.read(index)
        return augment(crop, DEGRADATIONS, np.random.default_rng(index)), int(self.data.classes[place])


def _plain_steps(network: EmbeddingNetwork, data: TrainingData, precision: Precision, device: str) -> list[float]:
    """Seconds of each step of a loop over a DataLoader with a worker, as the network is given, images colours first."""
    network = network.to(device).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4)
    loader = DataLoader(_Plain(data), BATCH, shuffle=True, num_workers=1, drop_last=True)
    asked_s: list[float] = []
    for crops, classes in loader:
        asked_s.append(time.perf_counter())
        if len(asked_s) > WARM_UP + STEPS:
            break
        x = (crops.to(device).permute(0, 3, 1, 2).contiguous().float() - 127.5) / 128
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            loss = network.loss(network.backbone(x).float(), classes.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    return np.diff(asked_s)[WARM_UP:].tolist()


def _plain_loop(
    network: EmbeddingNetwork,
    batches: Iterable[tuple[Tensor, ...]],
    dtype: torch.dtype,
    device: str,
    seconds: float,
) -> list[float]:
    """Seconds of each step of a loop as in _plain_steps() whose crops are in memory."""
    network = network.to(device).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4)
    asked_s: list[float] = []
    for crops, classes in batches:
        asked_s.append(time.perf_counter())
        if len(asked_s) > WARM_UP + 2 and asked_s[-1] > asked_s[0] + seconds:
            break
        x = (crops.to(device).permute(0, 3, 1, 2).contiguous().float() - 127.5) / 128
        with torch.autocast(torch.device(device).type, dtype, enabled=dtype != torch.float32):
            loss = network.loss(network.backbone(x).float(), classes.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    return np.diff(asked_s)[WARM_UP:].tolist()


def _operations(backbone: str, settings: Mapping[str, Any]) -> float:
    """Additions and multiplications that learning from one crop takes, forth and back; of no grouped convolutions."""
    network = plugins.build("backbone", backbone, **settings)
    with FlopCounterMode(display=False) as counter:
        network(network_input(torch.zeros(2, 112, 112, 3, dtype=torch.uint8))).sum().backward()
    return counter.get_total_flops() / 2


def _fitting_batch(device: str) -> int:
    """How many crops fit by far: an iResNet-50's layers put out about 40 MB for each, in half precision."""
    memory = torch.cuda.get_device_properties(device).total_memory
    return 256 if memory > 40e9 else 128 if memory > 20e9 else 64


def _half_precision(device: str) -> Precision:
    if not device.startswith("cuda"):
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
