"""MATLAB's files against scipy's writer and reader; and what lies about its size takes no memory."""

import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.lists import mat_file
from eigen2arc.datasets.lists.mat_file import read_mat


def cell(*entries: Any) -> np.ndarray:
    made = np.empty((len(entries), 1), object)
    made[:, 0] = entries
    return made


CONTENT = {
    "numbers": np.arange(600, dtype=np.uint8).reshape(20, 30),
    "cells": cell(
        "a",
        cell(np.zeros((0, 4)), np.array([[1.5]])),
        {"name": "b.jpg", "same": np.array([True])},
        np.empty((0, 3), object),
    ),
    "texts": np.array(["abc", "déf"]),
    "other": np.zeros(3, np.float32),
}


def equal(mine: Any, theirs: Any) -> bool:
    """Compare arrays of arrays."""
    if not isinstance(theirs, np.ndarray | np.void):
        return bool(mine == theirs)
    if isinstance(theirs, np.ndarray) and theirs.dtype.kind not in "OV":
        return mine.dtype == theirs.dtype and np.array_equal(mine, theirs)
    if isinstance(theirs, np.void):
        return mine.dtype.names == theirs.dtype.names and all(map(equal, mine, theirs))
    return mine.shape == theirs.shape and all(map(equal, mine.ravel(), theirs.ravel()))


@pytest.mark.parametrize("compressed", [True, False])
def test_what_scipy_writes(tmp_path: Path, compressed: bool) -> None:
    savemat(tmp_path / "a.mat", CONTENT, do_compression=compressed)
    read = read_mat(tmp_path / "a.mat", ["numbers", "cells", "texts"], "is wrong")
    assert list(read) == ["numbers", "cells", "texts"] and np.array_equal(read["numbers"], CONTENT["numbers"])
    theirs = loadmat(tmp_path / "a.mat")
    assert equal(read["cells"], theirs["cells"]) and equal(read["texts"], theirs["texts"])
    savemat(tmp_path / "old.mat", {"numbers": CONTENT["numbers"]}, format="4")
    assert np.array_equal(read_mat(tmp_path / "old.mat", ["numbers"], "is wrong")["numbers"], CONTENT["numbers"])
    with pytest.raises(UserError, match=r"a\.mat: is wrong \(there is no variable splits\)"):
        read_mat(tmp_path / "a.mat", ["splits"], "is wrong")
    with pytest.raises(UserError, match=r"absent\.mat: cannot be read"):
        read_mat(tmp_path / "absent.mat", ["splits"], "is wrong")


def test_sizes_that_are_only_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mat_file, "MOST_BYTES", 1 << 16)
    savemat(tmp_path / "cell.mat", {"cells": cell("a", "b")})
    content = (tmp_path / "cell.mat").read_bytes()
    (tmp_path / "cell.mat").write_bytes(
        content.replace(struct.pack("<4i", 5, 8, 2, 1), struct.pack("<4i", 5, 8, 1 << 28, 1))
    )
    savemat(tmp_path / "bomb.mat", {"cells": np.zeros(1 << 20, np.uint8)}, do_compression=True)
    deep: Any = "a"
    for _ in range(40):
        deep = cell(deep)
    savemat(tmp_path / "deep.mat", {"cells": deep})
    for name, why in (
        ("cell.mat", "more than 524,288 entries"),
        ("bomb.mat", "more than 65,536 bytes when it is unpacked"),
        ("deep.mat", "33 deep"),
    ):
        tracemalloc.start()
        with pytest.raises(UserError, match=rf"{name}: is wrong \(.*{why}"):
            read_mat(tmp_path / name, ["cells"], "is wrong")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


@pytest.mark.parametrize("compressed", [True, False])
def test_damage_anywhere_is_one_line(tmp_path: Path, compressed: bool, rng: np.random.Generator) -> None:
    savemat(tmp_path / "a.mat", CONTENT, do_compression=compressed)
    whole = np.frombuffer((tmp_path / "a.mat").read_bytes(), np.uint8)
    for _ in range(100):
        content = whole[: rng.integers(1, len(whole) + 1)].copy() if rng.random() < 0.3 else whole.copy()
        content[rng.integers(len(content), size=2)] ^= np.uint8(1) << rng.integers(8, size=2).astype(np.uint8)
        (tmp_path / "a.mat").write_bytes(content.tobytes())
        with suppress(UserError):
            read_mat(tmp_path / "a.mat", ["numbers", "cells"], "is wrong")
