"""What a sidecar caches is of the file as it is now."""

import os
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.containers.sidecar import END_BYTES, cached


def total(path: Path) -> int:
    """What is found out about the file: the sum of its bytes."""
    made = cached([path], "total", lambda: {"total": np.frombuffer(path.read_bytes(), np.uint8).sum(dtype=np.int64)})
    return int(made["total"])


@pytest.mark.parametrize("size", [9, 5 * END_BYTES])
def test_a_change_is_seen_though_size_and_time_are_put_back(tmp_path: Path, size: int) -> None:
    path = tmp_path / "big.rec"
    path.write_bytes(bytes(size))
    before = path.stat()
    assert total(path) == total(path) == 0
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\1")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_size == size
    assert total(path) == 1
    other = tmp_path / "other"
    other.write_bytes(b"\3" + bytes(size - 1))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)
    assert total(path) == 3


def test_nothing_is_made_again_for_a_file_that_has_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\1\2")
    assert total(path) == 3
    assert cached([path], "total", lambda: pytest.fail("made again"))["total"] == 3


def test_a_bit_of_a_sidecar(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\1\2")
    total(path)
    sidecar = tmp_path / "a.total.npz"
    content = bytearray(sidecar.read_bytes())
    content[-60] ^= 1
    sidecar.write_bytes(content)
    assert total(path) == 3
    assert "a.total.npz: is damaged" in caplog.text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a: cannot be read"):
        total(tmp_path / "a")
