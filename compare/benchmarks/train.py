"""Training an embedding against a plain PyTorch loop of the same network, and its loader against what a step eats."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from eigen2arc.core import plugins
from eigen2arc.deep.augment.crops import augment
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.encode.data.crops import ArrayCrops
from eigen2arc.deep.encode.data.training_data import Sampler, TrainingData
from eigen2arc.deep.encode.network.embed import network_input
from eigen2arc.deep.encode.network.embedding_network import EmbeddingNetwork
from eigen2arc.deep.engine import loop as training

PEOPLE, IMAGES_EACH, BATCH, WARM_UP, STEPS = 64, 16, 64, 2, 8
DEGRADATIONS = Degradations(0.1, 0.1, 0.1)


def build(*, seconds: float = 60.0) -> list[dict[str, Any]]:
    """Time both in turns for about ``seconds``, and where there is a GPU an iResNet-50 on that.

    Returns rows: what, unit, ours, peer, peer_name, ratio. Of the loader the peer is the training step, and of the
    iResNet-50 it is the card's own rate of multiplying matrices.
    """
    rows = _against_plain_loop("mobilefacenet", {"width": 0.5}, "no", "cpu", seconds)
    if torch.cuda.is_available():
        rows += _against_plain_loop("iresnet", {"layers": 50}, "bf16", "cuda", seconds)
        rows.append(_share_of_the_card(rows[-2]["ours"]))
    return rows


def _against_plain_loop(
    backbone: str, settings: Mapping[str, Any], precision: str, device: str, seconds: float
) -> list[dict[str, Any]]:
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
        _row(f"training {name}", rate, plain_rate, "plain PyTorch loop"),
        _row(f"loading for {backbone}, all cores", loader_rate, rate, "what the step eats"),
    ]


def _row(what: str, ours: float, peer: float, peer_name: str) -> dict[str, Any]:
    return {
        "what": what, "unit": "images/s", "ours": ours, "peer": peer, "peer_name": peer_name, "ratio": ours / peer,
    }  # fmt: skip


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


class _Timed:
    """A task that notes when each batch was asked for: between two such times lies one step."""

    merit, go_on = ("accuracy", ""), ""
    facts: Mapping[str, Any] = {}

    def __init__(self, network: EmbeddingNetwork, data: TrainingData, sampler: Sampler) -> None:
        self.network, self.deployed = network, network.backbone
        self.data, self.sampler = data, sampler
        self.asked_s: list[float] = []

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        for batch in self.data.batches(self.sampler, steps, part, parts):
            self.asked_s.append(time.perf_counter())
            yield batch

    def look(self, device: torch.device) -> dict[str, Any]:
        return {}


def _our_steps(
    network: EmbeddingNetwork, data: TrainingData, sampler: Sampler, precision: str, device: str
) -> list[float]:
    """Seconds of each step of training.run."""
    schedule = training.Schedule(batch_size=BATCH, steps=WARM_UP + STEPS, mixed_precision=precision)
    task = _Timed(network, data, sampler)
    accelerator = training.start(schedule, device)
    with TemporaryDirectory() as folder:
        training.run(task, schedule, Path(folder), accelerator, resume=False, command="", shown=False)
    return np.diff(task.asked_s)[WARM_UP:].tolist()


class _Plain(Dataset[tuple[np.ndarray, int]]):
    """What a tutorial would write."""

    def __init__(self, data: TrainingData) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data.rows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        crop, place = self.data.read(index)
        return augment(crop, DEGRADATIONS, np.random.default_rng(index)), int(self.data.classes[place])


def _plain_steps(network: EmbeddingNetwork, data: TrainingData, precision: str, device: str) -> list[float]:
    """Seconds of each step of a loop over a DataLoader with a worker, as the network is given, images colours first."""
    network = network.to(device).train()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4)
    loader = DataLoader(_Plain(data), BATCH, shuffle=True, num_workers=1, drop_last=True)
    asked_s: list[float] = []
    for crops, classes in loader:
        asked_s.append(time.perf_counter())
        if len(asked_s) > WARM_UP + STEPS:
            break
        x = (crops.to(device).permute(0, 3, 1, 2).contiguous().float() - 127.5) / 128
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            loss = network.loss(network.backbone(x).float(), classes.to(device))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()
    return np.diff(asked_s)[WARM_UP:].tolist()


def _share_of_the_card(rate: float) -> dict[str, Any]:
    """The arithmetic of training an iResNet-50 in TFLOP/s, beside that of multiplying large matrices in bfloat16."""
    network = plugins.build("backbone", "iresnet", layers=50)
    with FlopCounterMode(display=False) as counter:
        network(network_input(torch.zeros(2, 112, 112, 3, dtype=torch.uint8))).sum().backward()
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    card = 2 * 8192**3 / _seconds(lambda: a @ b) / 1e12
    trained = rate * counter.get_total_flops() / 2 / 1e12
    what = f"training iResNet-50, {torch.cuda.get_device_name()}"
    return _row(what, trained, card, "multiplying matrices") | {"unit": "TFLOP/s"}


def _seconds(work: Callable[[], Any], times: int = 50) -> float:
    """Of one run of ``work`` on the GPU."""
    for timed in (False, True):
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(times if timed else 5):
            work()
        torch.cuda.synchronize()
    return (time.perf_counter() - began) / times
