"""Measuring a system: what is timed, in which order, and how times become one."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eigen2arc.compare.cost import worker
from eigen2arc.compare.cost.worker import Task, measure, timed
from eigen2arc.core.artefacts import write_arrays
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

LBP: dict[str, Any] = {"aligner": {"name": "box", "size_px": 32}, "encoder": {"name": "lbp_histogram", "grid": 2}}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 40, 3), dtype=np.uint8)
    write_arrays(tmp_path / "inputs.npz", {f"image-{n}": image for n, image in enumerate(noise)})
    threads = cv2.getNumThreads()
    yield tmp_path / "inputs.npz"
    cv2.setNumThreads(threads)


def test_a_time_is_the_median_of_the_passes_without_the_first_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LEAST_S", 0.0)
    calls: list[int] = []
    ticks = iter([0.0, 5.0, 10.0, 11.0, 20.0, 22.0])  # passes of 5, 1 and 2 s
    result, seconds = timed(lambda: calls.append(1) or len(calls), lambda: next(ticks), passes=3, seconds=60)
    assert (result, seconds, len(calls)) == (1, 2.0, 5)


def test_what_takes_little_is_done_several_times_in_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LEAST_S", 3.0)
    clock = iter([0.0, 0.0, 0.5, 0.5])  # the end is far away, and the call to calibrate takes 0.5 s
    monkeypatch.setattr(worker.time, "perf_counter", lambda: next(clock))
    ticks, calls = iter([0.0, 12.0]), []
    assert timed(lambda: calls.append(1), lambda: next(ticks), passes=1, seconds=60)[1] == 12 / 6
    assert len(calls) == 2 + 6


def test_stages_of_a_system(inputs: Path) -> None:
    task = Task(
        str(inputs), {"name": "fixed_box"}, **LBP, preprocessing=[{"name": "gamma"}], matcher={"name": "chi_square"},
        passes=1,
    )  # fmt: skip
    measured = measure(task)
    assert list(measured.milliseconds) == ["detect", "align", "preprocess", "encode", "match"]
    assert all(spent > 0 for spent in measured.milliseconds.values())
    assert measured.parts["encoder"] == {"parameters": 0, "bytes": 0, "multiply_adds": None}
    assert 0 < measured.base_memory_bytes <= measured.peak_memory_bytes
    assert measured.busy is not None and 0 <= measured.busy < 1


def test_a_detector_alone(inputs: Path) -> None:
    measured = measure(Task(str(inputs), {"name": "fixed_box"}, passes=1))
    assert list(measured.milliseconds) == ["detect"] and list(measured.parts) == ["detector"]
    assert measure(Task(str(inputs), {"name": "fixed_box"}, passes=1, threads=2)).busy is None


@pytest.mark.parametrize("handed", ["fitted", "labelled"])
def test_an_encoder_that_learned(inputs: Path, tmp_path: Path, handed: str) -> None:
    crops = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    fitted = build("encoder", "eigenfaces").fit(crops, np.arange(5))
    arrays = fitted.tensors() if handed == "fitted" else {"crops": crops, "labels": np.arange(5)}
    write_arrays(tmp_path / "learned.npz", arrays)
    task = Task(
        str(inputs), {"name": "fixed_box"}, {"name": "box", "size_px": 32}, encoder={"name": "eigenfaces"}, passes=1,
        **{handed: str(tmp_path / "learned.npz")},
    )  # fmt: skip
    numbers = 32 * 32 * 4
    assert measure(task).parts["encoder"] == {
        "parameters": 32 * 32 + numbers, "bytes": 4 * (32 * 32 + numbers), "multiply_adds": numbers,
    }  # fmt: skip


class Blind:
    """A detector that finds no face."""

    def detect(self, images: Any) -> list[Any]:
        from eigen2arc.core.types import Faces

        return [Faces.none() for _ in images]


def test_without_a_face_nothing_after_it_is_timed(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eigen2arc.classical.detect.detectors.fixed_box.build", Blind)
    measured = measure(Task(str(inputs), {"name": "fixed_box"}, **LBP, passes=1, on_missing="skip"))
    assert list(measured.milliseconds) == ["detect"] and "encoder" in measured.parts


def test_a_setting_is_refused_as_in_a_run(inputs: Path) -> None:
    with pytest.raises(UserError, match="no setting 'sise'"):
        measure(Task(str(inputs), {"name": "fixed_box", "sise": 1}))
