"""What plug-ins hold and take, against counts by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from torch import nn

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import LbpFeatures, Stages
from eigen2arc.compare.cost.count import multiply_adds, size
from eigen2arc.core.component import Component
from eigen2arc.core.plugins import build


class Part:
    """As a plug-in's, which is found by where its class was made."""

    def __init__(self, *inside: Any) -> None:
        self.inside = inside


Part.__module__ = "eigen2arc.part"


def nothing() -> None:
    return None


def test_a_torch_network_by_hand() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, 5))
    plugin = Part({"networks": [network.eval()]}, (network,))  # the same one twice counts once
    held = 4 * 27 + 4 * 4 + 5 * 4 * 36 + 5  # the number of batches that were seen is no parameter
    assert size(Component("encoder", "embedding"), plugin) == (held, 4 * held)
    x = torch.zeros(3, 3, 8, 8)
    assert multiply_adds(plugin, lambda: network(x), len(x)) == 36 * 4 * 27 + 5 * 4 * 36


def test_a_pca_by_hand() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (9, 6, 6, 3), dtype=np.uint8)
    fitted = build("encoder", "eigenfaces", components=4).fit(crops, np.arange(9))
    component = Component("encoder", "eigenfaces", {"components": 4})
    assert size(component, fitted) == (36 + 4 * 36, 4 * (36 + 4 * 36))
    assert multiply_adds(fitted, nothing, 1) == 4 * 36


def test_what_is_not_declared_is_not_known() -> None:
    assert size(Component("detector", "head_boxes"), Part()) == (None, None)
    assert multiply_adds(Part(), nothing, 1) is None
    assert size(Component("encoder", "lbp_histogram"), build("encoder", "lbp_histogram")) == (0, 0)
    assert multiply_adds(build("encoder", "lbp_histogram"), nothing, 1) is None


def test_files_are_taken_for_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float16)}, path)
    component = Component("encoder", "lbp_histogram", {"inside": [{"model": str(path)}]})
    assert size(component, Part()) == (17, path.stat().st_size)
    (tmp_path / "other.bin").write_bytes(bytes(9))
    assert size(Component("encoder", "x", {"model": tmp_path / "other.bin"}), Part()) == (None, 9)


def test_a_composed_encoder_holds_what_its_parts_hold() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (4, 112, 112, 3), dtype=np.uint8)
    settings = {"base": {"name": "embedding", "device": "cpu"}, "projections": [{"name": "whitened_pca"}]}
    component = Component.parse("encoder", {"name": "projected", **settings}, "test")
    fitted = component.fresh().fit(crops, np.arange(4))
    base = build("encoder", "embedding", device="cpu")
    network = sum(one.numel() for one in base.backbone.parameters())
    network += sum(one.numel() for one in base.backbone.buffers() if one.is_floating_point())
    vectors = base.encode(crops)
    projection = vectors.shape[1] * (1 + 3)  # the mean, and of 4 crops 3 components
    assert size(component, fitted).parameters == network + projection
    assert multiply_adds(fitted, nothing, 1) is None


@pytest.mark.parametrize("name", ["frontal_cascade_20.json", "haarcascade_eye.xml"])
def test_a_cascade_holds_what_a_loop_over_its_trees_counts(name: str) -> None:
    plugin = build("detector", "viola_jones", cascade=name, eye_cascade="")
    stages, features = plugin.face.stages, plugin.face.features
    counted = 0
    for stage in range(len(stages.thresholds)):
        counted += 1
        for nodes, leaves in stages.trees_of(stage):
            counted += leaves.stop - leaves.start
            for node in range(nodes.start, nodes.stop):
                counted += 1 + sum(5 for weight in features.weights[node] if weight)
    assert size(Component("detector", "viola_jones"), plugin).parameters == counted


def test_a_cascade_of_binary_patterns_by_hand() -> None:
    stages = Stages(np.zeros(1), np.array([0, 1]), np.array([0, 1]), np.array([[0, -1]]), np.zeros(1), np.zeros(2))
    cascade = Cascade((24, 24), stages, LbpFeatures(np.zeros((1, 4), np.int64), np.zeros((1, 8), np.int32)))
    assert cascade.parameters == 1 + 2 + 4 + 8  # threshold, leaves, cell, set of codes
