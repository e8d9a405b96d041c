"""Partial FC: training steps/s of a classifier of a million people, sampled and whole, and their memory."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.deep.distributed.partial_fc import PartialFC
from eigen2arc.deep.engine.optimizers import SampledSGD
from eigen2arc.deep.ops.device import torch_device

from ._measure import Row, raise_failures, row, seconds_of

CLASSES, EMBEDDING_SIZE, BATCH, SAMPLE_RATE = 1_000_000, 512, 512, 0.1

#: On a CPU.
FEWER_CLASSES = 20_000

#: Copies of the met centres and of their logits, all float32, that a step holds at its peak, counted generously.
COPIES = 8

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"classes": 500, "batch": 8}


def build(*, seconds: NonNegative = 20.0, device: str = "auto") -> list[Row]:
    """Time steps on a device, sampled and whole in turns; on a CPU of fewer people. seconds : how long in all.

    Returns one row: what, unit, ours, peer, peer_name, ratio (how many times faster the sampled step is), note.
    """
    place = torch_device(device).type
    return list(on_device(place, seconds, classes=CLASSES if place == "cuda" else FEWER_CLASSES))


def on_device(device: str, seconds: float, *, classes: int = CLASSES, batch: int = BATCH) -> Iterator[Row]:
    """Yield the row of a step of classifier, loss and optimizer on embeddings that lie on the device.

    classes : halved until weight, momentum and a sampled step fit the GPU's free memory; a note says so. The peer meets
    all centres, where they fit. Raises RuntimeError for a loss that is not finite.
    """
    notes = []
    free = torch.cuda.mem_get_info()[0] if device.startswith("cuda") else float("inf")
    wanted = classes
    while bytes_of_step(classes, batch, SAMPLE_RATE) > 0.9 * free and classes > batch:
        classes //= 2
    if classes < wanted:
        notes.append(f"{wanted:,} people do not fit {free / 1e9:.0f} GB")
    torch.manual_seed(0)
    margin = plugins.build("loss", "arcface", embedding_size=EMBEDDING_SIZE, classes=1)
    classifier = PartialFC(margin, EMBEDDING_SIZE, classes, SAMPLE_RATE).to(device)
    embeddings = torch.randn(batch, EMBEDDING_SIZE, device=device)
    labels = torch.randint(0, classes, (batch,), device=device)

    runs: dict[str, Callable[[], object]] = {}
    rates = {"sampled": SAMPLE_RATE}
    if bytes_of_step(classes, batch, 1.0) < 0.9 * free:
        rates["whole"] = 1.0
    for name, rate in rates.items():
        run = partial(_step, classifier, _optimizer(classifier), embeddings, labels, rate)
        if device.startswith("cuda"):
            others = torch.cuda.memory_allocated() - classifier.weight.nbytes
            torch.cuda.reset_peak_memory_stats()
        loss = run()
        if not torch.isfinite(loss):
            raise RuntimeError(f"the loss of the {name} step is {loss.item()}")
        runs[name] = run
        if device.startswith("cuda"):
            notes.append(f"{name}: {(torch.cuda.max_memory_allocated() - others) / 1e9:.1f} GB at most")
    times, errors = seconds_of(runs, device, seconds)
    raise_failures(errors.values())
    what = f"Partial FC, {classes:,} people, {EMBEDDING_SIZE} numbers, batch {batch}, {SAMPLE_RATE:.0%} sampled"
    whole = 1 / times["whole"] if "whole" in times else None
    yield row(what, "steps/s", 1 / times["sampled"], whole, "the whole softmax", "; ".join(notes))


def bytes_of_step(classes: int, batch: int, rate: float) -> int:
    """Estimate the memory of training with ``classes`` centres of which a step meets the share ``rate``."""
    met = round(rate * classes)
    return 4 * (2 * classes * EMBEDDING_SIZE + COPIES * met * EMBEDDING_SIZE + COPIES * met * batch)


def _optimizer(classifier: PartialFC) -> SampledSGD:
    return SampledSGD(classifier.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)


def _step(classifier: PartialFC, optimizer: SampledSGD, embeddings: Tensor, labels: Tensor, rate: float) -> Tensor:
    classifier.sample_rate = rate
    x = embeddings.clone().requires_grad_()
    optimizer.zero_grad()
    loss: Tensor = classifier(x, labels)
    loss.backward()
    optimizer.step()
    return loss.detach()
