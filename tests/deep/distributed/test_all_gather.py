"""Two processes with half of a batch each have the gradients of one with the whole, for any loss and layers."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from eigen2arc.deep.distributed.all_gather import all_gather
from eigen2arc.deep.distributed.sync_batch_norm import SynchronizedBatchNorm, synchronize_batch_norms

PARTS = 2


def network(kind: str) -> nn.Module:
    torch.manual_seed(0)
    if kind == "rows":
        layers = [nn.Linear(12, 7), nn.BatchNorm1d(7), nn.PReLU(), nn.Linear(7, 3)]
    else:
        layers = [
            nn.Unflatten(1, (3, 2, 2)),
            nn.Conv2d(3, 5, 2, padding=1),
            nn.BatchNorm2d(5),
            nn.Flatten(),
            nn.Linear(45, 3),
        ]
    return nn.Sequential(*layers).double()


def all_pairs(x: Tensor) -> Tensor:
    """A loss in which every row meets every other, and counts by itself."""
    return (x @ x.T).tanh().square().mean() + x[:, 0].exp().mean()


def batch() -> Tensor:
    return torch.randn(8, 12, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def train_part(part: int, kind: str, folder: str) -> None:
    """One of the processes; the first leaves what it has come to."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=part, world_size=PARTS)
    parallel = nn.parallel.DistributedDataParallel(synchronize_batch_norms(network(kind), torch.device("cpu")))
    loss = all_pairs(all_gather(parallel(batch()[part::PARTS])))
    loss.backward()
    if part == 0:
        gradients = {name: p.grad for name, p in parallel.module.named_parameters()}
        torch.save({"loss": loss.detach(), **gradients, **dict(parallel.module.named_buffers())}, f"{folder}/told.pt")
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rows", "pictures"])
def test_gradients_are_those_of_one_process(kind: str, tmp_path: Path) -> None:
    parts = [subprocess.Popen([sys.executable, __file__, str(part), kind, str(tmp_path)]) for part in range(PARTS)]
    assert [part.wait() for part in parts] == [0] * PARTS
    told = torch.load(tmp_path / "told.pt", weights_only=True)
    alone = network(kind)
    loss = all_pairs(alone(batch()))
    loss.backward()
    torch.testing.assert_close(told["loss"], loss.detach(), rtol=1e-12, atol=0)
    for name, p in alone.named_parameters():
        torch.testing.assert_close(told[name], p.grad, rtol=1e-9, atol=1e-12)
    for name, buffer in alone.named_buffers():
        torch.testing.assert_close(told[name], buffer, rtol=1e-12, atol=1e-12)


def test_one_process_is_left_as_it_is() -> None:
    alone, x = network("rows"), batch()
    assert synchronize_batch_norms(alone, torch.device("cpu")) is alone
    assert not any(isinstance(module, SynchronizedBatchNorm) for module in alone.modules())
    assert all_gather(x) is x


if __name__ == "__main__":
    train_part(int(sys.argv[1]), sys.argv[2], sys.argv[3])
