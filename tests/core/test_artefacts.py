import hashlib
import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.core import artefacts
from eigen2arc.core.artefacts import Store, digest, read_arrays, write_arrays
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


ARRAYS = {
    "grid": np.arange(6).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "words": np.array(["a", "bc"]),
    "bytes": np.array([b"k", b"lmn"]),
    "none": np.zeros((0, 3), np.uint8),
    "one": np.array(True),
}


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, ARRAYS, "a")
    first, mine = path.read_bytes(), read_arrays(path, "a")
    with np.load(path, allow_pickle=False) as theirs:
        for key, array in ARRAYS.items():
            for read in (mine[key], theirs[key]):
                assert read.dtype == array.dtype and read.shape == array.shape and np.array_equal(read, array)
    mine["grid"][0, 0] = 7  # and can be changed
    write_arrays(path, ARRAYS, "a")
    assert path.read_bytes() == first


def test_no_bit_of_a_file_of_arrays_can_change(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"x": np.arange(3), "y": np.array([True])}, "a")
    whole = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(whole):
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([byte ^ 1 << bit]), at)
                with pytest.raises(UserError, match=r"a\.npz: is damaged"):
                    read_arrays(path, "a")
            os.pwrite(file.fileno(), bytes([byte]), at)
    assert read_arrays(path, "a")["x"].tolist() == [0, 1, 2]
    for other in (whole[:-1], whole + b"\0", whole[1:], b"", whole + whole):
        path.write_bytes(other)
        with pytest.raises(UserError, match=r"a\.npz: is damaged"):
            read_arrays(path, "a")


def test_an_artefact_under_another_name_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(tmp_path)
    store.arrays("a", lambda: {"x": np.arange(3)})
    (tmp_path / "a.npz").rename(tmp_path / "b.npz")
    assert store.arrays("b", lambda: {"x": np.arange(4)})["x"].tolist() == [0, 1, 2, 3] and store.made == 2
    assert "b.npz: is damaged (its content is not what was written): it is made again" in caplog.text


def sealed(path: Path, arrays: dict[str, np.ndarray], compressed: bool) -> None:
    """An .npz of numpy's with a right digest: what somebody makes to break the reader."""
    (np.savez_compressed if compressed else np.savez)(path, allow_pickle=True, **arrays)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = bytes(32)
    content = path.read_bytes()
    path.write_bytes(content[:-32] + hashlib.sha256(content).digest())


def test_no_more_memory_is_taken_than_the_file_is_long(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    sealed(path, {"x": np.arange(3)}, compressed=False)
    assert read_arrays(path)["x"].tolist() == [0, 1, 2]
    sealed(path, {"x": np.zeros(1 << 24, np.uint8)}, compressed=True)
    tracemalloc.start()
    with pytest.raises(UserError, match="it is said to hold more than there is"):
        read_arrays(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()
    sealed(path, {"x": np.array([{}])}, compressed=False)
    with pytest.raises(UserError, match="is damaged"):
        read_arrays(path)


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
