"""One of several processes that share a Partial FC: `python partial_fc_process.py RANK COUNT FOLDER`.

Writes FOLDER/RANK.npz. A script of its own, as torch.distributed holds one group a process.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from eigen2arc.core.plugins import build
from eigen2arc.deep.distributed.all_gather import all_gather
from eigen2arc.deep.distributed.partial_fc import PartialFC, exclude_shards_from_ddp
from eigen2arc.deep.engine.optimizers import SampledSGD

INPUTS, D, CLASSES, BATCH, MANY, STEPS = 8, 5, 11, 12, 40, 40


class Network(nn.Module):
    """A backbone of one layer, and the loss."""

    def __init__(self, classes: int, sample_rate: float) -> None:
        super().__init__()
        torch.manual_seed(3)
        margin = build("loss", "arcface", embedding_size=D, classes=1, scale=16.0)
        torch.manual_seed(4)
        self.backbone = nn.Linear(INPUTS, D)
        self.loss = PartialFC(margin, D, classes, sample_rate)
        self.double()

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return self.loss(all_gather(self.backbone(x)), all_gather(labels))


def batch(classes: int, step: int = 0) -> tuple[Tensor, Tensor]:
    """(BATCH, INPUTS) and (BATCH,): a class is a direction, and some noise."""
    generator = torch.Generator().manual_seed(step)
    labels = torch.randint(0, classes, (BATCH,), generator=generator)
    means = torch.randn(classes, INPUTS, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    return means[labels] + 0.1 * torch.randn(BATCH, INPUTS, generator=generator, dtype=torch.float64), labels


def whole_batch(rank: int, count: int) -> dict[str, np.ndarray]:
    """Loss and gradients of this process's part of one batch, every row sampled."""
    network = Network(CLASSES, 1.0)
    exclude_shards_from_ddp(network)
    parallel = DistributedDataParallel(network)  # it averages as long as it lives
    x, labels = batch(CLASSES)
    loss = parallel(x[rank::count], labels[rank::count])
    loss.backward()
    gradients = {f"gradient of {name}": p.grad.numpy() for name, p in network.named_parameters() if p.grad is not None}
    weight = network.loss.weight.detach().numpy()
    return {"loss": loss.detach().numpy(), "rows": np.array(network.loss.rows), "weight": weight, **gradients}


def training(rank: int, count: int) -> dict[str, np.ndarray]:
    """Some steps with a tenth of the rows: losses, and per step which rows were sampled, and which moved."""
    network = Network(MANY, 0.1)
    exclude_shards_from_ddp(network)
    parallel = DistributedDataParallel(network)
    optimiser = SampledSGD(network.parameters(), lr=0.3, momentum=0.9, weight_decay=1e-3)
    weight, losses, sampled, moved = network.loss.weight, [], [], []
    for step in range(STEPS):
        torch.manual_seed(step)
        before = weight.detach().clone()
        x, labels = batch(MANY, step)
        loss = parallel(x[rank::count], labels[rank::count])
        optimiser.zero_grad()
        loss.backward()
        assert weight.grad is not None
        rows = torch.zeros(len(weight), dtype=torch.bool)
        rows[weight.grad.coalesce().indices()[0]] = True
        optimiser.step()
        losses.append(loss.item())
        sampled.append(rows.numpy())
        moved.append((weight != before).any(dim=1).numpy())
    return {"losses": np.array(losses), "sampled": np.array(sampled), "moved": np.array(moved)}


if __name__ == "__main__":
    rank, count, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=count)
    np.savez(folder / f"{rank}.npz", **whole_batch(rank, count), **training(rank, count))
    dist.destroy_process_group()
