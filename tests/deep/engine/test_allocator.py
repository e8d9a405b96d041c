"""Freed memory that is handed out again without the kernel."""

import subprocess
import sys

import pytest

CODE = """
import resource, sys
import numpy as np
from eigen2arc.deep.engine.allocator import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory("cpu")
for _ in range(2):
    np.ones(50_000_000, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(50_000_000, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about glibc")
def test_a_large_piece_costs_no_new_pages_the_second_time() -> None:
    faults = {}
    for mode in ("kept", "given back"):
        done = subprocess.run([sys.executable, "-c", CODE, mode], capture_output=True, text=True, check=True)
        faults[mode] = int(done.stdout)
    assert faults["kept"] < 10 <= 12 < faults["given back"]
