"""MTCNN's networks learn a toy set, and their folder makes the detector."""

from dataclasses import replace
from pathlib import Path

import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import with_changes
from eigen2arc.core.types import Dataset
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.mark.slow
def test_the_folder_makes_a_detector(only_squares: Dataset, tmp_path: Path) -> None:
    trainer = plugins.build("trainer", "mtcnn")
    few = {"steps": 60, "batch_size": 48, "warm_up_steps": 1, "verify_every_steps": 60, "held_out_images": 4}
    settings = with_changes(replace(trainer.defaults, dataset_settings={}), few)
    losses = trainer.train(settings, tmp_path, device="cpu").reshape(3, 60)
    # Seeds end at 0.2 to 0.3 of the loss that they begin with, R-Net, which has the hardest windows, at 0.6 to 0.65.
    assert (losses[:, -10:].mean(axis=1) < [0.6, 0.82, 0.6] * losses[:, :5].mean(axis=1)).all()
    names = ("pnet", "rnet", "onet")
    metrics = {name: load(tmp_path / name / "best.safetensors")[1]["figures"]["held_out"] for name in names}
    assert metrics["pnet"]["accuracy"] > 0.8 and 0 <= metrics["onet"]["recall"] <= 1
    detector = plugins.build("detector", "mtcnn", weights=trainer.weights(tmp_path), device="cpu")
    (faces,) = detector.detect([only_squares.images[0]])
    assert faces.landmarks is not None


@pytest.mark.usefixtures("only_squares")
def test_a_loss_that_is_no_number_stops_with_a_line(tmp_path: Path) -> None:
    trainer = plugins.build("trainer", "mtcnn")
    wild = {"learning_rate": 1e30, "warm_up_steps": 0, "batch_size": 48, "steps": 4, "held_out_images": 4}
    with pytest.raises(UserError, match=r"step \d: the loss is (nan|inf); .* lower learning_rate"):
        trainer.train(with_changes(replace(trainer.defaults, dataset_settings={}), wild), tmp_path, device="cpu")
