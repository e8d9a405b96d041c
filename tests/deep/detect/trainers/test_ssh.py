"""SSH is trained on a toy set like RetinaFace, starts from a given body, and its weights make the detector."""

from pathlib import Path

import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Dataset
from eigen2arc.deep.detect.single_shot.networks.variants import make
from eigen2arc.deep.detect.trainers.ssh import Settings, saved_settings, train
from eigen2arc.deep.engine.settings import with_changes
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.fixture
def settings(only_squares: Dataset) -> Settings:
    few = {"batch_size": 6, "warm_up_steps": 4, "held_out_images": 4, "size_px": 80, "box_weight": 2.0}
    return with_changes(Settings(dataset_settings={}), few)


def test_the_weights_make_a_detector(settings: Settings, only_squares: Dataset, tmp_path: Path) -> None:
    longer = with_changes(settings, {"steps": 60, "verify_every_steps": 60})
    losses = train(longer, tmp_path, device="cpu")
    assert losses[-8:].mean() < 0.5 * losses[:4].mean()
    weights = tmp_path / "best.safetensors"
    found = plugins.build("detector", "ssh", weights=weights, threshold=0.1, device="cpu").detect(
        [only_squares.images[i] for i in range(8)]
    )
    assert only_squares.faces is not None
    pairs = zip(found, only_squares.faces, strict=False)
    assert np.mean([iou(one.boxes[:1], own.boxes).max(initial=0) for one, own in pairs]) > 0.4


def test_a_finished_run_is_ssh_again_when_it_is_gone_on_with(settings: Settings, tmp_path: Path) -> None:
    losses = train(with_changes(settings, {"steps": 2}), tmp_path, device="cpu")
    saved = saved_settings(tmp_path)
    assert saved.detector == "ssh" and saved.variant == "ssh0.25"
    assert train(saved, tmp_path, resume=True, device="cpu").tolist() == losses.tolist()


def test_the_body_starts_from_given_weights(settings: Settings, tmp_path: Path) -> None:
    torch.manual_seed(8)
    given = make("ssh0.25", "ssh").get_submodule("body").state_dict()
    torch.save(given, tmp_path / "body.pth")
    changes = {"steps": 1, "learning_rate": 1e-9, "body_weights": str(tmp_path / "body.pth")}
    train(with_changes(settings, changes), tmp_path / "run", device="cpu")
    tensors, _ = load(tmp_path / "run" / "best.safetensors")
    assert torch.equal(tensors["body.features.3.weight"], given["features.3.weight"].half())


def test_a_variant_of_another_detector_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"variant: expected one of ssh, ssh0\.25, got 'slim'"):
        train(with_changes(settings, {"variant": "slim"}), tmp_path, device="cpu")
