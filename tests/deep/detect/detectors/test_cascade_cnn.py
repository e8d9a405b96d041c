"""Cascade-CNN's three stages against a slow loop over windows; trained on bright squares it finds them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import nms

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.settings import with_changes
from eigen2arc.core.types import Dataset
from eigen2arc.deep.detect.cascade_cnn.calibration import adjust, average
from eigen2arc.deep.detect.cascade_cnn.networks import Networks
from eigen2arc.deep.detect.cascade_cnn.windows import sliding_windows
from eigen2arc.deep.detect.detectors.cascade_cnn import CascadeCnn
from eigen2arc.deep.weights_io.checkpoint import load, save

CPU = torch.device("cpu")


class Brightness(nn.Module):
    """Stands for a detection net: a bright window is a face."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([x.new_zeros(len(x)), 4 * x.mean(dim=(1, 2, 3)) - 1], dim=1)


class Quarters(nn.Module):
    """Stands for a calibration net: believes in three patterns, as the means of three of the window's quarters say."""

    def forward(self, x: Tensor) -> Tensor:
        half = x.shape[2] // 2
        logits = x.new_full((len(x), 45), -20.0)
        for pattern, part in ((3, x[:, :, :half, :half]), (25, x[:, :, half:, :half]), (41, x[:, :, half:, half:])):
            logits[:, pattern] = part.mean(dim=(1, 2, 3)) * 5
        return logits


def stand_ins() -> Networks:
    return Networks(*[Brightness(), Quarters()] * 3)  # type: ignore[arg-type]


def crop(picture: np.ndarray, box: Tensor, size_px: int) -> Tensor:
    border = 100  # of zeros
    x1, y1, x2, y2 = (int(np.floor(side)) + border for side in box.tolist())
    pixels = torch.from_numpy(np.pad(picture, ((border, border), (border, border), (0, 0)))).permute(2, 0, 1).float()
    part = pixels[:, y1:y2, x1:x2]
    return (nn.functional.interpolate(part[None], size=(size_px, size_px), mode="area") - 127.5) / 128


def slow_stages(picture: np.ndarray, thresholds: Sequence[float], stages: int) -> list[tuple[float, list[float]]]:
    """Scores and boxes of one picture, window by window."""
    start = sliding_windows([picture.shape[:2]], 20, 0.5, CPU)
    table = [(0.0, box, int(level)) for box, level in zip(start.boxes, start.level, strict=True)]
    for stage, size_px in enumerate((12, 24, 48)[:stages]):
        passed = []
        for _, box, level in table:
            score = float(Brightness()(crop(picture, box, size_px)).softmax(dim=1)[0, 1])
            if score > thresholds[stage]:
                change = average(Quarters()(crop(picture, box, size_px)))
                passed.append((score, adjust(box[None], change)[0], level if stage < 2 else 0))
        table = []
        for level in sorted({row[2] for row in passed}):
            own = [row for row in passed if row[2] == level]
            boxes, scores = torch.stack([row[1] for row in own]), torch.tensor([row[0] for row in own])
            kept = nms(boxes, scores, 0.5).tolist() if stage < 2 else slow_smaller(boxes, scores, 0.5)
            table += [own[i] for i in kept]
    return [(score, box.tolist()) for score, box, _ in table]


def slow_smaller(boxes: Tensor, scores: Tensor, threshold: float) -> list[int]:
    """Suppression by the share of the smaller of two boxes, with sides x2 - x1 + 1."""
    kept: list[int] = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        shares = []
        for k in kept:
            shared = (torch.minimum(boxes[i, 2:], boxes[k, 2:]) - torch.maximum(boxes[i, :2], boxes[k, :2]) + 1).clamp(
                0
            )
            shares.append(float(shared.prod() / torch.minimum(sides[i].prod(), sides[k].prod())))
        if all(share <= threshold for share in shares):
            kept.append(i)
    return kept


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_the_stages_equal_a_slow_loop(stages: int) -> None:
    rng = np.random.default_rng(6)
    coarse = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((14, 16, 3), (18, 9, 3))]
    pictures = [picture.repeat(7, axis=0).repeat(7, axis=1) for picture in coarse]
    thresholds = (0.3, 0.3, 0.3)
    scores, windows = CascadeCnn(stand_ins(), 20, thresholds, 0.5, CPU).run_stages(pictures, stages)
    for i, picture in enumerate(pictures):
        slow = slow_stages(picture, thresholds, stages)
        own = windows.image == i
        assert len(slow) >= 3
        np.testing.assert_allclose(scores[own], [score for score, _ in slow], atol=1e-4)
        np.testing.assert_allclose(windows.boxes[own], [box for _, box in slow], atol=1e-3)


def test_a_picture_alone_and_among_others_of_any_size() -> None:
    rng = np.random.default_rng(7)
    shapes = [(50, 60), (1, 1), (19, 400), (180, 210), (33, 21)]
    pictures = [np.repeat(rng.integers(0, 256, (*shape, 1), dtype=np.uint8), 3, axis=2) for shape in shapes]
    detector = CascadeCnn(stand_ins(), 20, (0.2, 0.2, 0.2), 0.6, CPU)
    together = detector.detect(pictures)
    assert len(together[0]) and len(together[3]) and not len(together[1]) and not len(together[2])
    for picture, faces in zip(pictures, together, strict=True):
        (alone,) = detector.detect([picture])
        np.testing.assert_allclose(faces.boxes, alone.boxes, atol=1e-3)
        np.testing.assert_allclose(faces.scores, alone.scores, atol=1e-5)
        assert faces.landmarks is None and (np.diff(faces.scores) <= 0).all()
    assert detector.detect([]) == []


@pytest.mark.gpu
def test_cuda_gives_the_faces_of_the_cpu() -> None:
    rng = np.random.default_rng(9)
    pictures = [rng.integers(0, 256, shape, dtype=np.uint8).repeat(9, axis=1) for shape in ((90, 12, 3), (200, 20, 3))]
    on_cpu, on_cuda = (
        CascadeCnn(stand_ins(), 20, (0.3, 0.3, 0.3), 0.6, torch.device(device)).detect(pictures)
        for device in ("cpu", "cuda")
    )
    for a, b in zip(on_cuda, on_cpu, strict=True):
        assert len(a) == len(b) > 0
        assert (iou(a.boxes, b.boxes).max(axis=1) > 0.98).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_size_px": 5}, "min_size_px = 5: expected a number from 12 to 100000"),
        ({"factor": 1}, "factor = 1: expected a number from 0.1 to 0.99"),
        ({"thresholds": [0.6, 0.7]}, "thresholds = .*: expected a list, each a number from 0 to 1, with 3 entries"),
        ({}, "cannot be read"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        plugins.build("detector", "cascade_cnn", weights=tmp_path, device="cpu", **settings)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "net12/best.safetensors", Networks.new().net24.state_dict(), {})
    with pytest.raises(UserError, match="made for another network"):
        plugins.build("detector", "cascade_cnn", weights=tmp_path, device="cpu")


@pytest.mark.slow
def test_bright_squares_are_learned_and_found(only_squares: Dataset, tmp_path: Path) -> None:
    few = {"batch_size": 96, "steps": 150, "warm_up_steps": 1, "learning_rate": 0.05, "held_out_images": 4}
    trainer = plugins.build("trainer", "cascade_cnn")
    trainer.train(with_changes(replace(trainer.defaults, dataset_settings={}), few), tmp_path, device="cpu")
    figures = {name: load(tmp_path / name / "best.safetensors")[1]["figures"]["held_out"] for name in Networks._fields}
    assert all(figures[name]["accuracy"] > 0.95 for name in ("net12", "net24", "net48"))
    assert figures["calibration48"]["overlap"] > 0.8
    detector = plugins.build("detector", "cascade_cnn", weights=tmp_path, device="cpu")
    found = detector.detect([only_squares.images[i] for i in range(len(only_squares.images))])
    best = [iou(a.boxes, b.boxes).max(initial=0) for a, b in zip(found, only_squares.faces or (), strict=True)]
    assert np.mean(np.array(best) > 0.5) >= 0.9
