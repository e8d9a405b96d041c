"""`bench cascade` compares what is the same, with as many threads on both sides, and says so when it is not."""

import cv2
import numba
import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.compare.benchmarks import cascade as bench
from eigen2arc.core.errors import UserError


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZES", {"small": (421, 403)})


@pytest.mark.usefixtures("small")
def test_rows() -> None:
    before = cv2.getNumThreads(), numba.get_num_threads()
    rows = bench.build(seconds=0)
    assert (cv2.getNumThreads(), numba.get_num_threads()) == before
    counts = min(numba.get_num_threads(), 2)
    assert len(rows) == 3 * counts
    assert rows[0]["what"] == "haarcascade_frontalface_default small, 1 thread"
    assert "lbpcascade" in str(rows[-1]["what"])
    for row in rows:
        assert row["ratio"] == row["peer"] / row["ours"]  # type: ignore[operator]


@pytest.mark.usefixtures("small")
def test_other_windows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    detect = Cascade.detect

    def one_less(self: Cascade, *arguments: float) -> tuple[np.ndarray, np.ndarray]:
        boxes, weights = detect(self, *arguments)  # type: ignore[arg-type]
        return boxes[1:], weights[1:]

    before = cv2.getNumThreads(), numba.get_num_threads()
    monkeypatch.setattr(Cascade, "detect", one_less)
    with pytest.raises(UserError, match="windows, OpenCV"):
        bench.build(seconds=0)
    assert (cv2.getNumThreads(), numba.get_num_threads()) == before
