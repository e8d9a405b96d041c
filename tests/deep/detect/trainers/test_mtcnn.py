"""MTCNN is trained network by network, goes on after a stop bit for bit, and detects afterwards."""

import os
import signal
from pathlib import Path

import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, PART, POSITIVE
from eigen2arc.deep.detect.trainers.mtcnn import STAGES, Settings, saved_settings, train
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.loop import learning_rate
from eigen2arc.deep.engine.settings import with_changes
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.fixture
def settings(only_squares: Dataset) -> Settings:
    few = {"batch_size": 48, "steps": 4, "warm_up_steps": 1, "verify_every_steps": 2, "held_out_images": 4}
    return with_changes(Settings(dataset_settings={}), few)


def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(settings, tmp_path / "whole", device="cpu")
    assert len(whole) == 3 * settings.steps
    calls = 0

    def interrupting(chosen: Settings, now: int) -> float:
        nonlocal calls
        calls += 1
        if calls == 6:  # in R-Net's second step
            os.kill(os.getpid(), signal.SIGINT)
        return learning_rate(chosen, now)

    with monkeypatch.context() as patch:
        patch.setattr(training, "learning_rate", interrupting)
        with pytest.raises(KeyboardInterrupt):
            train(settings, tmp_path / "parts", device="cpu")
    assert not (tmp_path / "parts/onet").exists()
    rest = train(saved_settings(tmp_path / "parts"), tmp_path / "parts", resume=True, device="cpu")
    assert whole.tolist() == rest.tolist()
    for name in STAGES:
        first, second = (load(tmp_path / run / name / "state.safetensors") for run in ("whole", "parts"))
        assert all(torch.equal(first[0][key], second[0][key]) for key in first[0] | second[0])


def test_the_folder_makes_a_detector(settings: Settings, squares: Dataset, tmp_path: Path) -> None:
    longer = with_changes(settings, {"steps": 60, "verify_every_steps": 60, "batch_size": 96})
    losses = train(longer, tmp_path, device="cpu").reshape(3, 60)
    assert (losses[:, -10:].mean(axis=1) < 0.7 * losses[:, :5].mean(axis=1)).all()
    figures = {name: load(tmp_path / name / "best.safetensors")[1]["figures"]["held_out"] for name in STAGES}
    assert figures["pnet"]["accuracy"] > 0.8 and 0 <= figures["onet"]["recall"] <= 1
    detector = plugins.build("detector", "mtcnn", weights=tmp_path, device="cpu")
    (faces,) = detector.detect([squares.images[0]])
    assert faces.landmarks is not None


def test_a_run_is_not_overwritten_and_one_too_small_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="2 pictures would be trained on and 20 held out: expected at least 16 and 1"):
        train(with_changes(settings, {"held_out_images": 20}), tmp_path, device="cpu")
    train(with_changes(settings, {"steps": 1}), tmp_path, device="cpu")
    with pytest.raises(UserError, match="an earlier run is there"):
        train(settings, tmp_path, device="cpu")


def test_a_batch_follows_from_seed_and_step(squares: Dataset) -> None:
    assert squares.faces is not None
    data = CascadeData(squares.images, squares.faces, 4, (), 12, 24, 60, 7)
    first, other, again = (data.batch(step, 0, 1) for step in (1, 0, 1))
    assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    crops, kind, offsets, points = first
    assert crops.shape == (60, 24, 24, 3) and offsets.shape == (60, 4) and points.shape == (60, 5, 2)
    assert [int((kind == k).sum()) for k in (NEGATIVE, POSITIVE, PART)] == [30, 20, 10]


def test_positive_windows_show_the_face_also_mirrored(squares: Dataset) -> None:
    assert squares.faces is not None
    data = CascadeData(squares.images, squares.faces, 4, (), 12, 24, 240, 7)
    crops, kind, offsets, points = data.batch(0, 0, 1)
    for crop, (x1, y1, x2, y2), five in zip(
        crops[kind == POSITIVE], 24 * offsets[kind == POSITIVE], points[kind == POSITIVE], strict=True
    ):
        box = [max(x1, 0), max(y1, 0), min(24 + x2, 24), min(24 + y2, 24)]
        left, top, right, bottom = (round(float(v)) for v in box)
        outside = torch.ones(24, 24, dtype=torch.bool)
        outside[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = False
        inside = crop[top + 1 : bottom - 1, left + 1 : right - 1].float().mean()
        assert outside.sum() < 20 or inside > crop[outside].float().mean() + 30
        assert five[0, 0] < five[1, 0]


def test_a_loss_that_is_no_number_stops_with_a_line(settings: Settings, tmp_path: Path) -> None:
    wild = with_changes(settings, {"learning_rate": 1e30, "warm_up_steps": 0})
    with pytest.raises(UserError, match=r"step \d: the loss is (nan|inf); .* lower learning_rate"):
        train(wild, tmp_path, device="cpu")
