"""A campaign over a toy that does all that may happen: outcomes are counted, and the inputs that failed are kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from eigen2arc.compare.fuzzing import campaign
from eigen2arc.compare.fuzzing.worker import Verdict, draw

#: Whatever comes of an input is named by its file; what is in it is mutated.
TOY = '''"""A toy."""
import os, time
from eigen2arc.core.errors import UserError

class Toy:
    def seeds(self):
        return [{name: b"0"} for name in ("accepted", "refused", "fault", "crash", "memory", "slow")]

    def read(self, folder):
        (path,) = folder.iterdir()
        match path.name:
            case "refused":
                print("what a library prints")
                raise UserError("not this one")
            case "fault":
                raise KeyError("of a reader")
            case "crash":
                os.abort()
            case "memory":
                return len(b"x" * 300_000_000)
            case "slow":
                time.sleep(0.3)

build = Toy
'''

#: A worker that knows the toy, with bounds that a test reaches.
WORKER = """import sys
sys.path.insert(0, sys.argv[1])
from eigen2arc.core import plugins
plugins.KINDS["fuzzer"] = ("toys_to_fuzz.room",)
from eigen2arc.compare.fuzzing import worker
worker.MOST_BYTES, worker.MOST_SECONDS = 250_000_000, 0.2
worker.main()
"""

INPUTS = 24


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a started process is its own on Linux only")
def test_every_outcome_is_counted_and_what_failed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toys_to_fuzz/room").mkdir(parents=True)
    (tmp_path / "toys_to_fuzz/room/toy.py").write_text(TOY)
    monkeypatch.setattr(campaign, "COMMAND", (sys.executable, "-c", WORKER, str(tmp_path)))
    seen: list[Verdict] = []
    failed = tmp_path / "failed"
    result = campaign.run(["toy"], seed=3, seconds=100, inputs=INPUTS, failed=failed, on_verdict=seen.append)
    seeds = [{name: b"0"} for name in ("accepted", "refused", "fault", "crash", "memory", "slow")]
    expected = {number: next(iter(draw(seeds, 3, "toy", number))) for number in range(INPUTS)}
    assert {verdict.number: verdict.outcome for verdict in seen} == expected
    assert set(expected.values()) == set(campaign.OUTCOMES)
    assert result.counts["toy"].total() == INPUTS
    to_mend = {number: name for number, name in expected.items() if name not in ("accepted", "refused")}
    assert {verdict.number for verdict in result.failures} == set(to_mend)
    for number, name in to_mend.items():
        assert [path.name for path in (failed / f"toy-{number}").iterdir()] == [name]
    assert all(verdict.error for verdict in result.failures)
    assert {key[1] for key in result.by_place()} == {"fault", "crash", "memory", "slow"}
    ((place, faults),) = ((key[2], alike) for key, alike in result.by_place().items() if key[1] == "fault")
    assert "KeyError at" in place and "toy.py:" in place and "of a reader" in faults[0].error


@pytest.mark.slow
def test_the_memory_of_whoever_starts_a_campaign_is_not_counted(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom eigen2arc.compare.fuzzing.campaign import run\n"
        "held = b'x' * 1_600_000_000\ndel held\n"
        f"result = run(['archives'], seed=0, seconds=300, inputs=4, failed=Path({str(tmp_path)!r}), on_verdict=id)\n"
        "print(result.failures, result.counts['archives'].total())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.stdout == "[] 4\n", done.stderr


def test_a_worker_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "COMMAND", (sys.executable, "-c", "raise SystemExit('no fuzzers here')"))
    with pytest.raises(RuntimeError, match="no fuzzers here"):
        campaign.run(["toy"], seed=0, seconds=5, inputs=1, failed=tmp_path, on_verdict=print)
