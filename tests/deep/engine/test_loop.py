"""What a run begins with: the GPU that was asked for."""

import pytest
import torch

from eigen2arc.deep.engine import loop


@pytest.mark.parametrize(("device", "current"), [("cuda:1", ["cuda:1"]), ("cuda", []), ("cpu", [])])
def test_the_gpu_that_is_asked_for_is_the_current_one(
    device: str, current: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accelerate, which is told of the CPU only, takes the current GPU."""
    told: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda chosen: told.append(str(chosen)))
    monkeypatch.setattr(loop, "Accelerator", lambda **settings: settings)
    assert loop.start(loop.Schedule(), device) == {"mixed_precision": "no", "cpu": device == "cpu"}
    assert told == current
