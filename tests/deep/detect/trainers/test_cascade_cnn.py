"""Cascade-CNN is trained network by network, and goes on after a stop bit for bit."""

import os
import signal
from pathlib import Path

import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.deep.detect.cascade_cnn.networks import Networks
from eigen2arc.deep.detect.trainers.cascade_cnn import Settings, overlap, saved_settings, train
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.loop import learning_rate
from eigen2arc.deep.engine.settings import with_changes
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.fixture
def settings(only_squares: Dataset) -> Settings:
    few = {"batch_size": 24, "steps": 3, "warm_up_steps": 1, "verify_every_steps": 2, "held_out_images": 4}
    return with_changes(Settings(dataset_settings={}), few)


def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(settings, tmp_path / "whole", device="cpu")
    assert len(whole) == 6 * settings.steps
    calls = 0

    def interrupting(chosen: Settings, now: int) -> float:
        nonlocal calls
        calls += 1
        if calls == 8:  # in the 24-net's second step
            os.kill(os.getpid(), signal.SIGINT)
        return learning_rate(chosen, now)

    with monkeypatch.context() as patch:
        patch.setattr(training, "learning_rate", interrupting)
        with pytest.raises(KeyboardInterrupt):
            train(settings, tmp_path / "parts", device="cpu")
    assert (tmp_path / "parts/net24").exists() and not (tmp_path / "parts/calibration24").exists()
    rest = train(saved_settings(tmp_path / "parts"), tmp_path / "parts", resume=True, device="cpu")
    assert whole.tolist() == rest.tolist()
    for name in Networks._fields:
        first, second = (load(tmp_path / run / name / "state.safetensors") for run in ("whole", "parts"))
        assert all(torch.equal(first[0][key], second[0][key]) for key in first[0] | second[0])


def test_a_run_is_not_overwritten_and_one_too_small_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="2 pictures would be trained on and 20 held out: expected at least 16 and 1"):
        train(with_changes(settings, {"held_out_images": 20}), tmp_path, device="cpu")
    (tmp_path / "net12").mkdir()
    (tmp_path / "net12/state.safetensors").touch()
    with pytest.raises(UserError, match="an earlier run is there"):
        train(settings, tmp_path, device="cpu")


def test_overlap_rises_to_one_where_the_patterns_are_right() -> None:
    offsets = torch.tensor([[0.0, 0, 0, 0], [0.17, 0.17, 0.17, 0.17]])
    sure = torch.zeros(2, 45)
    assert overlap(sure, offsets) == pytest.approx((1 + 0.83**2 / (2 - 0.83**2)) / 2)
    sure[0, 22], sure[1, 18] = 50, 50  # no change; s 1, x and y -0.17
    assert overlap(sure, offsets) == pytest.approx(1)
