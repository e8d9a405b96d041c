"""What every single-shot training can do beside the contract of trainers; bodies start from torchvision's weights."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import with_changes
from eigen2arc.deep.detect.single_shot.networks.network import make
from eigen2arc.deep.detect.single_shot.training.trainer import Settings, SingleShotTrainer, load_body
from eigen2arc.deep.weights_io.checkpoint import load


def train(detector: str, out: Path, **changes: Any) -> None:
    """A single step on the toy set."""
    few = {"batch_size": 4, "steps": 1, "warm_up_steps": 0, "held_out_images": 4, "size_px": 80}
    trainer = SingleShotTrainer(detector, Settings(dataset_settings={}))
    trainer.train(with_changes(trainer.defaults, few | changes), out, device="cpu")


@pytest.mark.usefixtures("only_squares")
def test_the_network_for_use_sees_what_training_saw(tmp_path: Path) -> None:
    train("retinaface", tmp_path, variant="slim")
    tensors, metadata = load(tmp_path / "best.safetensors")
    assert metadata["variant"] == "slim" and tensors["stride8.0.conv.weight"].dtype == torch.float16
    held_out = metadata["figures"]["held_out"]
    assert 0 <= held_out["recall"] <= 1 and held_out["faces"] == 4


@pytest.mark.usefixtures("only_squares")
def test_a_loss_that_is_no_number_stops_with_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"step \d: the loss is (nan|inf); .* lower learning_rate"):
        train("retinaface", tmp_path, variant="slim", steps=6, learning_rate=1e30)


def test_a_variant_of_another_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="variant: slim is a network of the detector retinaface, not of ssh"):
        train("ssh", tmp_path, variant="slim")


@pytest.mark.usefixtures("only_squares")
def test_the_body_starts_from_given_weights(tmp_path: Path) -> None:
    torch.manual_seed(8)
    given = make("ssh0.25", "ssh").get_submodule("body").state_dict()
    torch.save(given, tmp_path / "body.pth")
    train("ssh", tmp_path / "run", variant="ssh0.25", learning_rate=1e-9, body_weights=str(tmp_path / "body.pth"))
    tensors, _ = load(tmp_path / "run" / "best.safetensors")
    assert torch.equal(tensors["body.features.3.weight"], given["features.3.weight"].half())


@pytest.fixture(scope="module")
def vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As torchvision writes it: the features, and what follows on them."""
    torch.manual_seed(4)
    state = {f"features.{name}": tensor for name, tensor in make_layers(cfgs["D"]).state_dict().items()}
    path = tmp_path_factory.mktemp("weights") / "vgg16.pth"
    torch.save(state | {"classifier.0.weight": torch.zeros(3, 3)}, path)
    return path


def test_sshs_body_is_vgg16s(vgg16: Path) -> None:
    network = make("ssh", "ssh")
    fuse = network.get_submodule("fuse.conv").weight.clone()
    load_body(network, vgg16)
    state = torch.load(vgg16, weights_only=True)
    for name, tensor in network.get_submodule("body").state_dict().items():
        assert torch.equal(tensor, state[name])
    assert torch.equal(network.get_submodule("fuse.conv").weight, fuse)


@pytest.mark.parametrize(
    ("variant", "detector", "message"),
    [
        ("ssh0.25", "ssh", r"vgg16\.pth: lacks features"),
        ("mobilenet0.25", "retinaface", r"vgg16\.pth: lacks"),
        ("slim", "retinaface", "body_weights: .* this variant has no body"),
    ],
)
def test_a_body_of_another_kind_is_refused(vgg16: Path, variant: str, detector: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_body(make(variant, detector), vgg16)
