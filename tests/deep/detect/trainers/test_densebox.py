"""DenseBox learns a toy set, on patches around faces of one size, and its weights make the detector."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.geometry import iou
from eigen2arc.core.settings import with_changes
from eigen2arc.core.types import Dataset
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.mark.slow
def test_the_weights_make_a_detector(only_squares: Dataset, tmp_path: Path) -> None:
    trainer = plugins.build("trainer", "densebox")
    assert trainer.defaults.box_weight == 6.0 and trainer.defaults.size_px == 240
    few = {"steps": 80, "batch_size": 12, "warm_up_steps": 4, "verify_every_steps": 80, "held_out_images": 4}
    settings = with_changes(
        replace(trainer.defaults, dataset_settings={}), few | {"size_px": 64, "learning_rate": 0.02}
    )
    losses = trainer.train(settings, tmp_path, device="cpu")
    # Other seeds end at 0.06 to 0.40 of the loss that they begin with, find 2 or 4 of 4 faces, and overlap by 0.58 to
    # 0.82: rounding has room.
    assert losses[-8:].mean() < 0.8 * losses[:4].mean()
    held_out = load(tmp_path / "best.safetensors")[1]["figures"]["held_out"]
    assert held_out["faces"] == 4 and held_out["recall"] >= 0.25
    detector = plugins.build("detector", "densebox", weights=trainer.weights(tmp_path), device="cpu")
    found = detector.detect([only_squares.images[i] for i in range(8)])
    assert only_squares.faces is not None
    pairs = zip(found, only_squares.faces, strict=False)
    assert np.mean([iou(one.boxes[:5], own.boxes).max(initial=0) for one, own in pairs]) > 0.3
