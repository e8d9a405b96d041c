"""A device setting becomes a device that is there, or a line that says why not."""

import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.deep.ops.device import torch_device


def pretend(monkeypatch: pytest.MonkeyPatch, gpus: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)


@pytest.mark.parametrize(("gpus", "device"), [(0, "cpu"), (1, "cuda")])
def test_auto_takes_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch, gpus: int, device: str) -> None:
    pretend(monkeypatch, gpus)
    assert torch_device("auto") == torch.device(device)


def test_names_that_are_there_are_taken_as_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, 2)
    assert [str(torch_device(name)) for name in ("cpu", "cuda", "cuda:1")] == ["cpu", "cuda", "cuda:1"]


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cpu:1", "", "CUDA"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="expected auto, cpu, cuda or cuda:N"):
        torch_device(name)


def test_cuda_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, 0)
    with pytest.raises(UserError, match="no CUDA here; take cpu or auto"):
        torch_device("cuda")
    pretend(monkeypatch, 1)
    with pytest.raises(UserError, match="cuda:0 to cuda:0"):
        torch_device("cuda:1")
