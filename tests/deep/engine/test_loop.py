"""What a run begins with: freed memory that is handed out again without the kernel, and the GPU that was asked for."""

import subprocess
import sys

import pytest
import torch

from eigen2arc.deep.engine import loop

CODE = """
import resource, sys
import numpy as np
from eigen2arc.deep.engine.loop import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
for _ in range(2):
    np.ones(50_000_000, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(50_000_000, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about glibc")
def test_a_large_piece_costs_no_new_pages_the_second_time() -> None:
    faults = {}
    for mode in ("kept", "given back"):
        done = subprocess.run([sys.executable, "-c", CODE, mode], capture_output=True, text=True, check=True)
        faults[mode] = int(done.stdout)
    assert faults["kept"] < 10 <= 12 < faults["given back"]


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
