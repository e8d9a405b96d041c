import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.core import artefacts
from eigen2arc.core.artefacts import Store, digest
from eigen2arc.core.errors import UserError


def test_a_digest_names_content() -> None:
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1})
    names = {digest(v) for v in (np.zeros(3), np.zeros(4), np.zeros(3, np.float32), np.ones(3), [0, 0, 0], "a")}
    assert len(names) == 6


def test_an_artefact_is_made_once(tmp_path: Path) -> None:
    calls = []

    def make() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"x": np.arange(3)}

    for _ in range(2):
        store = Store(tmp_path)
        assert store.arrays("faces-1/0000", make)["x"].tolist() == [0, 1, 2]
    assert len(calls) == 1 and store.made == 0


@pytest.mark.parametrize("keep_bytes", [0, 10, 200])
def test_a_damaged_artefact_is_made_again(tmp_path: Path, keep_bytes: int) -> None:
    store = Store(tmp_path)
    store.arrays("a", lambda: {"x": np.arange(300)})
    path = tmp_path / "a.npz"
    path.write_bytes(path.read_bytes()[:keep_bytes])
    assert store.arrays("a", lambda: {"x": np.arange(4)})["x"].tolist() == [0, 1, 2, 3]
    assert store.made == 2


def squares(chunk: range) -> dict[str, np.ndarray]:
    """Of the even numbers in a range: fewer rows than items."""
    even = np.array([i for i in chunk if i % 2 == 0])
    return {"square": even**2, "pair": np.stack([even, even], axis=1), "seconds": np.array(0.5)}


@pytest.mark.parametrize("mapped_bytes", [0, 1 << 30])
def test_rows_of_chunks_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped_bytes: int) -> None:
    monkeypatch.setattr(artefacts, "CHUNK", 4)
    monkeypatch.setattr(artefacts, "MAPPED_BYTES", mapped_bytes)
    whole = Store(tmp_path).rows("x", 11, squares, Progress(disable=True), "squares")
    assert whole["square"].tolist() == [0, 4, 16, 36, 64, 100] and whole["seconds"] == 1.5
    assert whole["pair"].tolist() == [[i, i] for i in range(0, 11, 2)]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["0000000.npz", "0000004.npz", "0000008.npz", "x"]
    (tmp_path / "x/0000004.npz").unlink()
    store = Store(tmp_path)
    sizes = [len(piece["square"]) for piece in store.chunks("x", 11, squares, Progress(disable=True), "squares")]
    assert sizes == [2, 2, 2] and store.made == 1
    with pytest.raises(UserError, match="squares: there are no images"):
        Store(tmp_path).rows("y", 0, squares, Progress(disable=True), "squares")


WORKER = """
import sys, time
from pathlib import Path
import numpy as np
from rich.progress import Progress
from eigen2arc.core import artefacts

def make(chunk):
    time.sleep(0.01)
    return {"x": np.arange(chunk.start, chunk.stop)}

artefacts.CHUNK = 2
whole = artefacts.Store(Path(sys.argv[1])).rows("x", 40, make, Progress(disable=True), "x")
assert whole["x"].tolist() == list(range(40))
"""


def test_two_processes_may_use_one_folder(tmp_path: Path) -> None:
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)]) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert {path.suffix for path in tmp_path.rglob("*.*")} == {".npz"}
