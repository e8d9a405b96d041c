"""What a training writes for TensorBoard, read back by TensorBoard's own reader."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from eigen2arc.deep.engine.log import CURVES, Log

MONITOR = ("recall", "faces found")


def curve(out: Path, name: str) -> list[tuple[int, float]]:
    events = EventAccumulator(str(out / CURVES)).Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def evaluation(step: int) -> dict[str, float]:
    return {"step": step, "loss": 0.5, "recall": 0.25 * step}


def test_steps_and_evaluations_become_curves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Log(tmp_path, 3, 0, MONITOR, progress=True) as log:
        for step in (1, 2, 3):
            log.step(step, loss=2.0 / step, learning_rate=0.25, best=0.0)
        log.evaluation(evaluation(3))
    assert curve(tmp_path, "training/loss") == [(1, 2.0), (2, 1.0), (3, pytest.approx(2 / 3))]
    assert curve(tmp_path, "training/learning_rate") == [(step, 0.25) for step in (1, 2, 3)]
    assert curve(tmp_path, "held_out/recall") == [(3, 0.75)]
    assert "step 3: loss 0.500, faces found 0.7500" in capsys.readouterr().out


def test_what_came_after_the_saved_state_is_taken_back(tmp_path: Path) -> None:
    with Log(tmp_path, 6, 0, MONITOR, progress=True) as log:
        for step in (1, 2, 3, 4):
            log.step(step, loss=1.0, learning_rate=0.25, best=0.0)
        log.evaluation(evaluation(2))
        log.evaluation(evaluation(4))
    with Log(tmp_path, 6, 2, MONITOR, progress=True) as log:  # killed after step 4, the state was that of step 2
        log.step(3, loss=3.0, learning_rate=0.25, best=0.0)
    assert curve(tmp_path, "training/loss") == [(1, 1.0), (2, 1.0), (3, 3.0)]
    assert curve(tmp_path, "held_out/recall") == [(2, 0.5)]


def test_of_many_processes_one_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Log(tmp_path, 3, 0, MONITOR, progress=False) as log:
        log.step(1, loss=1.0, learning_rate=0.25, best=0.0)
    assert not list(tmp_path.iterdir()) and capsys.readouterr().out == ""
