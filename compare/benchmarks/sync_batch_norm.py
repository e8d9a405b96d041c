"""Batch normalisation over two processes: that it learns what one process learns, and what it costs.

Two GPUs have a process each and speak by NCCL. On one GPU both processes share it, and on a CPU too they speak by gloo,
since NCCL wants a GPU for each; the rows say which it was.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from eigen2arc.core import plugins
from eigen2arc.core.files import write_json
from eigen2arc.deep.distributed.sync_batch_norm import synchronize_batch_norms
from eigen2arc.deep.encode.network.backbone import network_input
from eigen2arc.deep.ops.device import torch_device

from ._measure import Row, row

COUNT, ROWS, CLASSES = 2, 16, 5

#: Largest difference of a gradient or a running statistic from that of one process, in its tensor's largest value.
TOLERANCE = 1e-3

#: The two processes take no longer than this, or hang.
MOST_S = 100.0

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"batch": 2, "steps": 1, "width": 0.125}


def build(*, device: str = "auto") -> list[Row]:
    """Run both processes on a device. Returns two rows: what, unit, ours, peer, peer_name, ratio.

    There are no seconds to set, as the number of steps is given.
    """
    return list(on_device(torch_device(device).type, 0.0))


def on_device(device: str, seconds: float, *, batch: int = 32, steps: int = 10, width: float = 0.5) -> Iterator[Row]:
    """Yield the difference from one process, and the rate of training a MobileFaceNet with and without it.

    seconds : not used, as the number of steps is given. batch : crops of each process. Raises RuntimeError for a
    process that fails or hangs, and for a difference above TOLERANCE.
    """
    gpus = torch.cuda.device_count() if device.startswith("cuda") else 0
    backend = "nccl" if gpus >= COUNT else "gloo"
    place = {0: "the CPU", 1: "one GPU"}.get(gpus, f"{COUNT} GPUs")
    settings = {"gpus": gpus, "backend": backend, "batch": batch, "steps": steps, "width": width}
    with TemporaryDirectory() as folder:
        _run_processes(Path(folder), json.dumps(settings))
        found = json.loads((Path(folder) / "found.json").read_text())
    what = f"SyncBatchNorm, {COUNT} processes on {place}, {backend}"
    note = f"{TOLERANCE:g} of a tensor's largest value is allowed"
    yield row(f"{what}: difference from one process", "of the largest", found["difference"], note=note)
    if not found["difference"] <= TOLERANCE:
        raise RuntimeError(f"{what}: gradients differ from one process's by {found['difference']:g} of the largest")
    ours, peer = (COUNT * batch / found[name] for name in ("synchronized", "plain"))
    yield row(
        f"{what}: training MobileFaceNet x {width:g}, batch {batch} each", "images/s", ours, peer, "each its own norm"
    )


def _run_processes(folder: Path, settings: str) -> None:
    environment = dict(os.environ)
    if "lo" in (name for _, name in socket.if_nameindex()):
        # Both are on this machine, whose name may mean nothing where there is no network.
        environment = {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"} | environment
    command = [sys.executable, "-m", "eigen2arc.compare.benchmarks.sync_batch_norm"]
    processes = [
        subprocess.Popen([*command, str(rank), str(folder), settings], env=environment) for rank in range(COUNT)
    ]
    end = time.monotonic() + MOST_S
    try:
        while any(process.poll() is None for process in processes):
            if time.monotonic() > end:
                raise RuntimeError(f"the {COUNT} processes hang: stopped after {MOST_S:g} s")
            if any(process.poll() for process in processes):  # the other would wait for it
                break
            time.sleep(0.05)
    finally:
        for process in processes:
            process.kill()
    codes = [process.wait() for process in processes]
    if any(codes):
        raise RuntimeError(f"the processes ended with the codes {codes}; what they said stands above")


def _process(rank: int, folder: Path, settings: dict[str, Any]) -> None:
    """One of the processes; the first leaves what they found in found.json."""
    gpus: int = settings["gpus"]
    device = torch.device("cuda", rank % gpus) if gpus else torch.device("cpu")
    if gpus:
        torch.cuda.set_device(device)
        torch.backends.cudnn.allow_tf32 = False  # whose rounding would hide a difference
    meeting = f"file://{folder}/meeting"
    dist.init_process_group(settings["backend"], init_method=meeting, rank=rank, world_size=COUNT)
    found = {"difference": _difference(rank, device)}
    for name in ("synchronized", "plain"):
        found[name] = _seconds_of_step(name == "synchronized", device, settings)
    if rank == 0:
        write_json(folder / "found.json", found)
    dist.barrier()
    dist.destroy_process_group()


def _difference(rank: int, device: torch.device) -> float:
    """Of gradients and running statistics after one batch, shared by the processes, from those of one that has it."""
    generator = torch.Generator().manual_seed(1)
    x = (3 + torch.randn(ROWS, 3, 8, 8, generator=generator)).to(device)
    labels = torch.randint(0, CLASSES, (ROWS,), generator=generator).to(device)
    alone = _small_network().to(device)
    F.cross_entropy(alone(x), labels).backward()
    shared = synchronize_batch_norms(_small_network(), device).to(device)
    parallel = _parallel(shared, device)  # it averages as long as it lives
    F.cross_entropy(parallel(x[rank::COUNT]), labels[rank::COUNT]).backward()
    largest = 0.0
    for name, wanted in _values(alone).items():
        got = _values(shared)[name]
        largest = max(largest, float((got - wanted).abs().max() / wanted.abs().max()))
    return largest


def _small_network() -> nn.Module:
    """Normalisations of maps and of rows. No bias goes straight into one: its gradient would be rounding alone."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.PReLU(8),
        nn.Conv2d(8, 8, 3, stride=2, bias=False),
        nn.BatchNorm2d(8),
        nn.PReLU(8),
        nn.Flatten(),
        nn.Linear(72, 12, bias=False),
        nn.BatchNorm1d(12),
        nn.Linear(12, CLASSES),
    )


def _values(network: nn.Module) -> dict[str, Tensor]:
    gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    return gradients | {name: buffer for name, buffer in network.named_buffers() if buffer.is_floating_point()}


def _parallel(network: nn.Module, device: torch.device) -> DistributedDataParallel:
    return DistributedDataParallel(network, device_ids=[device.index] if device.type == "cuda" else None)


def _seconds_of_step(synchronized: bool, device: torch.device, settings: dict[str, Any]) -> float:
    torch.manual_seed(0)
    network: nn.Module = plugins.build("backbone", "mobilefacenet", width=settings["width"])
    network = synchronize_batch_norms(network, device) if synchronized else network
    parallel = _parallel(network.to(device), device)
    crops = torch.randint(0, 256, (settings["batch"], 112, 112, 3), dtype=torch.uint8, device=device)
    start = 0.0
    for step in range(1 + settings["steps"]):
        if step == 1:  # the first warmed up
            start = time.perf_counter()
        parallel(network_input(crops)).square().mean().backward()
        parallel.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    return (time.perf_counter() - start) / settings["steps"]


if __name__ == "__main__":
    _process(int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
