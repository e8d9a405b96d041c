"""A store in a folder: killed at any moment, read while it is written, and made of files that somebody damaged."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.recognize.stores import byte_codes, local_store
from eigen2arc.recognize.stores.local_store import MANIFEST, LocalStore


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of 300 vectors and more have axes."""
    monkeypatch.setattr(byte_codes, "LEAST_TURNED", 300)


def filled(folder: Path, rng: np.random.Generator, rows: int = 1100) -> LocalStore:
    store = LocalStore(folder, 40, "cosine", "ivf")
    store.add(np.arange(rows), rng.standard_normal((rows, 40), np.float32))
    store.remove(np.arange(5))
    return store


def use(folder: Path) -> None:
    store = LocalStore(folder, 40, "cosine", "ivf")
    store.search(np.ones((1, 40), np.float32), 3)
    store.check()


def damages(path: Path) -> Iterator[Callable[[], None]]:
    """What can happen to a file: it is gone, shorter, longer, a folder, or other bytes."""
    content = path.read_bytes()
    yield path.unlink
    for other in (content[:-9], content + b"x", b"", bytes(len(content)), b"\xff" * len(content)):
        if other != content:
            yield lambda other=other: path.write_bytes(other)  # type: ignore[misc]


def test_every_damaged_file_is_named_in_a_line(tmp_path: Path, rng: np.random.Generator, turned: None) -> None:
    filled(tmp_path, rng)
    use(tmp_path)
    files = sorted(tmp_path.iterdir())
    assert {path.suffix[1:] for path in files} == {"json", "alive", *local_store.FORMS}
    for path in files:
        content = path.read_bytes()
        for damage in damages(path):
            damage()
            if path.name == MANIFEST and not path.exists():
                continue  # an empty store
            with pytest.raises(UserError) as caught:
                use(tmp_path)
            assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)
        path.write_bytes(content)
    use(tmp_path)


def test_what_is_derived_is_made_again_from_the_vectors(tmp_path: Path, rng: np.random.Generator, turned: None) -> None:
    store = filled(tmp_path, rng)
    probes = rng.standard_normal((9, 40), np.float32)
    before = store.search(probes, 3)
    for path in tmp_path.iterdir():
        if path.suffix[1:] in local_store.DERIVED | local_store.LISTED:
            path.unlink()
    with pytest.raises(UserError, match="rebuild the index"):
        store = LocalStore(tmp_path, 40, "cosine", "ivf")
        store.search(probes, 3)
    store.rebuild()
    store.check()
    for one, other in zip(before, store.search(probes, 3), strict=True):
        np.testing.assert_array_equal(one[:, 0], other[:, 0])  # others may be missed by other lists
    assert len(store) == 1095 and not list(tmp_path.glob("*.alive"))


def test_a_manifest_that_lies_is_refused(
    tmp_path: Path, rng: np.random.Generator, mutations: Callable[[Any], Iterator[Any]], turned: None
) -> None:
    """Any value in it, in place of any other, ends in a UserError or does no harm."""
    filled(tmp_path, rng, 400)
    path = tmp_path / MANIFEST
    whole = json.loads(path.read_text())
    refused = 0
    for changed in mutations(whole):
        path.write_text(json.dumps(changed))
        try:
            LocalStore(tmp_path, 40, "cosine").search(np.ones((1, 40), np.float32), 2)
        except UserError as error:
            refused += 1
            assert "\n" not in str(error) and str(tmp_path) in str(error)
    assert refused > 100
    for name in ("../../etc/passwd", "0123456789abcdeF", "a" * 15):
        whole["segments"][0]["name"] = name
        path.write_text(json.dumps(whole))
        with pytest.raises(UserError, match="what cannot be"):
            LocalStore(tmp_path, 40, "cosine")


def test_lists_that_point_elsewhere_are_refused(tmp_path: Path, rng: np.random.Generator, turned: None) -> None:
    filled(tmp_path, rng)
    for ending, kind, place, value in (("rows", "<i4", 7, 1100), ("rows", "<i4", 7, -1), ("starts", "<i8", 3, 10**9)):
        path = next(tmp_path.glob(f"*.{ending}"))
        content = path.read_bytes()
        numbers = np.frombuffer(content, kind).copy()
        numbers[place] = value
        path.write_bytes(numbers.tobytes())
        with pytest.raises(UserError, match="its lists are not those"):
            LocalStore(tmp_path, 40, "cosine").search(np.ones((1, 40), np.float32), 2)
        path.write_bytes(content)


def test_segments_stay_few_and_nothing_is_left_over(tmp_path: Path, rng: np.random.Generator) -> None:
    store = LocalStore(tmp_path, 3, "euclidean")
    for i in range(40):
        store.add(np.array([i]), rng.standard_normal((1, 3), np.float32))
        assert len(list(tmp_path.glob("*.vectors"))) <= 6
    store.remove(np.arange(30))
    assert len(store) == 10 and len(LocalStore(tmp_path, 3, "euclidean")) == 10
    store.remove(np.arange(40))
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_a_reader_sees_a_whole_state_while_another_writes(tmp_path: Path, rng: np.random.Generator) -> None:
    """What a writer has put other files in the place of can still be read by who has it open."""
    writer = LocalStore(tmp_path, 3, "cosine")
    vectors = rng.standard_normal((9, 3), np.float32)
    writer.add(np.arange(9), vectors)
    reader = LocalStore(tmp_path, 3, "cosine")
    writer.remove(np.arange(8))
    np.testing.assert_array_equal(reader.vectors(np.arange(9)), vectors)
    assert reader.search(vectors, 1)[1][:, 0].tolist() == list(range(9))
    reader.add(np.array([20]), vectors[:1])  # on what is there now
    assert reader.ids().tolist() == [8, 20]


def test_two_writers_do_not_write_at_once(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, 3, "cosine")
    store.add(np.array([1]), np.ones((1, 3), np.float32))
    code = (
        "import fcntl, os, sys\n"
        "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(UserError, match="another process is writing"):
            store.add(np.array([2]), np.ones((1, 3), np.float32))
        other.kill()
    store.add(np.array([2]), np.ones((1, 3), np.float32))


#: Adds, replaces and removes for ever, and says after each step what is there, as one number: of the last step.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from eigen2arc.recognize.stores import byte_codes
from eigen2arc.recognize.stores.local_store import LocalStore
byte_codes.LEAST_TURNED = 300
store = LocalStore(Path(sys.argv[1]), 4, "cosine", "ivf")
step = int(sys.argv[2])
print("ready", flush=True)
while True:
    step += 1
    ids = np.arange(step * 40, step * 40 + 80)
    store.add(ids, np.full((80, 4), step, np.float32))
    print(step, flush=True)
    if step % 5 == 0:
        store.remove(np.arange((step - 4) * 40, (step - 2) * 40))
        print(-step, flush=True)
"""


def expected(step: int) -> dict[int, int]:
    """What is there after a step: -step is the removal that follows it."""
    kept: dict[int, int] = {}
    for one in range(1, abs(step) + 1):
        kept |= dict.fromkeys(range(one * 40, one * 40 + 80), one)
        if one % 5 == 0 and (one < abs(step) or step < 0):
            for key in range((one - 4) * 40, (one - 2) * 40):
                kept.pop(key, None)
    return kept


def following(step: int) -> int:
    """The step after this one."""
    return -step if step > 0 and step % 5 == 0 else abs(step) + 1


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_the_state_before_or_after(tmp_path: Path) -> None:
    chance = random.Random(0)
    last = 0
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "s"), str(abs(last))],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.6))
            writer.send_signal(signal.SIGKILL)
            said = writer.stdout.read().split()
        last = int(said[-1]) if said else last
        store = LocalStore(tmp_path / "s", 4, "cosine", "ivf")
        store.check()
        ids = store.ids()
        kept = dict(zip(ids.tolist(), store.vectors(ids)[:, 0].tolist(), strict=True))
        if kept != expected(last):
            last = following(last)
        assert kept == expected(last)
        if last > 0 and last % 5 == 0:  # the writer begins with the next step
            store.remove(np.arange((last - 4) * 40, (last - 2) * 40))
            last = -last
    assert abs(last) > 12
