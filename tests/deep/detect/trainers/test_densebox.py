"""DenseBox is trained on a toy set, on patches around faces of one size, and its weights make the detector."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Dataset
from eigen2arc.deep.detect.trainers.densebox import Settings, saved_settings, train
from eigen2arc.deep.engine.settings import with_changes
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.fixture
def settings(only_squares: Dataset) -> Settings:
    few = {"batch_size": 12, "warm_up_steps": 4, "held_out_images": 4, "size_px": 64, "learning_rate": 0.02}
    return with_changes(Settings(dataset_settings={}), few)


def test_the_weights_make_a_detector(settings: Settings, only_squares: Dataset, tmp_path: Path) -> None:
    losses = train(with_changes(settings, {"steps": 80, "verify_every_steps": 80}), tmp_path, device="cpu")
    assert losses[-8:].mean() < 0.5 * losses[:4].mean()
    held_out = load(tmp_path / "best.safetensors")[1]["figures"]["held_out"]
    assert held_out["faces"] == 4 and held_out["recall"] >= 0.5
    detector = plugins.build("detector", "densebox", weights=tmp_path / "best.safetensors", device="cpu")
    found = detector.detect([only_squares.images[i] for i in range(8)])
    assert only_squares.faces is not None
    pairs = zip(found, only_squares.faces, strict=False)
    assert np.mean([iou(one.boxes[:5], own.boxes).max(initial=0) for one, own in pairs]) > 0.6


def test_a_finished_run_is_densebox_again_when_it_is_gone_on_with(settings: Settings, tmp_path: Path) -> None:
    losses = train(with_changes(settings, {"steps": 2}), tmp_path, device="cpu")
    saved = saved_settings(tmp_path)
    assert saved.detector == saved.variant == "densebox" and saved.box_weight == 6.0
    assert train(saved, tmp_path, resume=True, device="cpu").tolist() == losses.tolist()
