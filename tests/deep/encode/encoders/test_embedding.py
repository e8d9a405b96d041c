"""The shipped network is small, drawn-data-only and knows people; files that do not fit are refused."""

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.core.aligners import five_point
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.data.crops import ArrayCrops
from eigen2arc.deep.encode.data.validation import HeldOutPeople
from eigen2arc.deep.encode.encoders.embedding import SHIPPED, load_backbone
from eigen2arc.deep.encode.network.backbone import embed, network_input
from eigen2arc.deep.weights_io import checkpoint

WEIGHTS = Path(str(files("eigen2arc.deep.weights") / SHIPPED))


def test_the_shipped_weights_are_small_and_say_where_they_come_from() -> None:
    tensors, metadata = checkpoint.load(WEIGHTS)
    assert WEIGHTS.stat().st_size <= 5 * 2**20
    learned = [t for name, t in tensors.items() if "running" not in name]
    assert {t.dtype for t in learned} == {torch.float16, torch.int64}
    assert metadata == json.loads(WEIGHTS.with_suffix(".json").read_text())
    assert metadata["settings"]["dataset"] == "synthetic" and metadata["settings"]["dataset_settings"]["seed"] == 1000
    assert metadata["command"].startswith("eigen2arc deep train encoder ") and metadata["figures"]["looks"]


def test_the_shipped_network_tells_drawn_people_apart_that_it_never_saw() -> None:
    dataset = build("dataset", "synthetic", people=10, images_per_person=4, seed=7, difficulty=0.3)
    assert dataset.labels is not None and dataset.faces is not None
    aligner = five_point.build()
    crops = np.stack([aligner.align(dataset.images[i], dataset.faces[i])[0] for i in range(40)])
    people = HeldOutPeople(ArrayCrops(crops), np.arange(40), dataset.labels)
    assert people.evaluate(build("encoder", "embedding", device="cpu").encode)["accuracy"] > 0.75


def test_the_input_is_scaled_to_one_around_grey(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    x = network_input(torch.from_numpy(crops))
    assert x.shape == (3, 3, 8, 8) and x.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(x.numpy(), (crops.transpose(0, 3, 1, 2) - 127.5) / 128)


def test_vectors_are_those_of_the_backbone(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (3, 112, 112, 3), np.uint8)
    backbone = load_backbone(WEIGHTS)
    with torch.no_grad():
        wanted = backbone(torch.from_numpy((crops.transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / 128))
    np.testing.assert_allclose(embed(backbone, crops, torch.device("cpu")), wanted.numpy(), rtol=1e-3, atol=1e-4)


def test_crops_of_another_size_are_refused() -> None:
    with pytest.raises(UserError, match="takes crops of 112 pixels, got 96; set the aligner's size_px"):
        build("encoder", "embedding", device="cpu").encode(np.zeros((1, 96, 96, 3), np.uint8))


def test_weights_without_a_backbone_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    checkpoint.save(path, {"a": torch.ones(1)}, {})
    with pytest.raises(
        UserError, match=r"w\.safetensors: does not say which backbone it is for: lacks the setting 'backbone'"
    ):
        build("encoder", "embedding", weights=path)


def test_weights_of_another_width_are_refused(tmp_path: Path) -> None:
    tensors, metadata = checkpoint.load(WEIGHTS)
    metadata["settings"]["backbone_settings"] = {"width": 0.25}
    checkpoint.save(tmp_path / "w.safetensors", tensors, metadata)
    with pytest.raises(UserError, match=r"expected shape \(.*\), got \("):
        build("encoder", "embedding", weights=tmp_path / "w.safetensors")


SMALL: dict[str, Any] = {
    "settings": {
        "backbone": "mobilefacenet",
        "backbone_settings": {"width": 0.25, "size_px": 32},
        "embedding_size": 8,
    }
}


@pytest.mark.slow
def test_what_a_file_says_of_its_backbone_is_checked(tmp_path: Path, mutations: Callable[[Any], Iterator[Any]]) -> None:
    path = tmp_path / "w.safetensors"
    settings = SMALL["settings"]
    backbone = build("backbone", "mobilefacenet", embedding_size=8, **settings["backbone_settings"])
    checkpoint.save(path, backbone.state_dict(), SMALL)
    assert load_backbone(path).embedding_size == 8
    content = path.read_bytes()
    refused = 0
    for number, said in enumerate(islice(mutations(SMALL), 0, None, 4)):
        text = json.dumps({"eigen2arc": json.dumps({"format": 1, **said})})
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        header["__metadata__"] = json.loads(text)
        written = json.dumps(header).encode()
        path.write_bytes(
            len(written).to_bytes(8, "little") + written + content[8 + int.from_bytes(content[:8], "little") :]
        )
        try:
            load_backbone(path)
        except UserError as error:
            refused += 1
            assert str(error).startswith(str(path)) and "\n" not in str(error), (number, said)
    assert refused > 8


def test_settings_that_ask_for_more_than_the_file_has_cost_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    large = {**SMALL["settings"], "backbone_settings": {"width": 16.0, "size_px": 8192}}
    checkpoint.save(path, {"a": torch.ones(1)}, {"settings": large})
    with pytest.raises(UserError, match=r"w\.safetensors: lacks layers"):
        load_backbone(path)
