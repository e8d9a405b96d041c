"""What every fuzzer promises: its seeds are accepted, and nothing that is made of them ends in a fault.

A short run of `eigen2arc selftest fuzz`, which reads in processes that may die; the long one is its command.
"""

from pathlib import Path

import pytest

from eigen2arc.compare.fuzzing.campaign import run
from eigen2arc.compare.fuzzing.mutation import write
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

NAMES = list(plugins.plugins("fuzzer"))

#: Of each kind: the same ones everywhere.
INPUTS = 60


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_its_seeds_are_accepted(name: str, tmp_path: Path) -> None:
    fuzzer = plugins.build("fuzzer", name)
    seeds = fuzzer.seeds()
    assert seeds
    for number, files in enumerate(seeds):
        try:
            fuzzer.read(write(files, tmp_path / str(number)))
        except UserError as error:
            pytest.fail(f"{name}: seed {number} ({', '.join(files)}) is refused: {error}")


@pytest.mark.slow
def test_no_input_of_a_short_run_is_a_fault(tmp_path: Path) -> None:
    result = run(NAMES, seed=0, seconds=1200, inputs=INPUTS, failed=tmp_path, on_verdict=lambda verdict: None)
    assert result.failures == []
    for name in NAMES:
        counts = result.counts[name]
        assert counts.total() == INPUTS and set(counts) <= {"accepted", "refused"}
