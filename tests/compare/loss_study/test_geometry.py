"""Plots in the plane: people come apart, centres are the loss's, and directions are told from lengths."""

import numpy as np
import pytest
import torch

from eigen2arc.compare.loss_study.geometry import (
    EACH,
    PEOPLE,
    THETA_DEG,
    chosen_people,
    on_circle,
    plane,
    target_logits,
)
from eigen2arc.compare.loss_study.settings import DEFAULT
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import with_changes

TINY = with_changes(DEFAULT, {"backbone.size_px": 32, "backbone.width": 0.125})


@pytest.fixture
def people(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Three people who are a pattern of grey each, the same in a mirror, five noisy crops of each."""
    labels = np.repeat([4, 7, 9], 5)
    half = rng.integers(0, 256, (3, 8, 4, 1))
    pattern = np.concatenate([half, half[:, :, ::-1]], axis=2).repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3)
    crops = pattern.repeat(5, axis=0) + rng.normal(0, 5, (15, 32, 32, 3))
    return crops.clip(0, 255).astype(np.uint8), labels


def test_people_come_apart(people: tuple[np.ndarray, np.ndarray]) -> None:
    crops, labels = people
    made = plane(with_changes(TINY, {"loss": "normface"}), crops, labels, 80, "cpu")
    points = np.array(made["points"])
    assert made["labels"] == np.repeat([0, 1, 2], 5).tolist() and made["on_circle"] and made["steps"] == 80
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    (centres,) = made["centres"]
    nearest = np.argmax(directions @ (np.array(centres) / np.linalg.norm(centres, axis=1, keepdims=True)).T, axis=1)
    assert (nearest == made["labels"]).mean() > 0.9


def test_the_same_faces_give_the_same_plane(people: tuple[np.ndarray, np.ndarray]) -> None:
    assert plane(TINY, *people, 5, "cpu") == plane(TINY, *people, 5, "cpu")


def test_several_centres_a_person_are_several_lists(people: tuple[np.ndarray, np.ndarray]) -> None:
    settings = with_changes(TINY, {"loss": "subcenter_arcface", "loss.sub_centres": 2})
    assert np.shape(plane(settings, *people, 1, "cpu")["centres"]) == (2, 3, 2)


class NotANumber(torch.nn.Module):
    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return embeddings.sum() * torch.nan


def test_a_loss_that_is_no_number_is_told(
    people: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    build = plugins.build
    monkeypatch.setattr(
        plugins, "build", lambda kind, *a, **k: NotANumber() if kind == "loss" else build(kind, *a, **k)
    )
    with pytest.raises(UserError, match="in the plane the loss is nan at step 0"):
        plane(TINY, *people, 20, "cpu")


@pytest.mark.parametrize(
    ("loss", "directions_only"),
    [("softmax", False), ("sphereface", False), ("normface", True), ("arcface", True), ("triplet", True)],
)
def test_whether_only_directions_count(loss: str, directions_only: bool) -> None:
    torch.manual_seed(0)
    made = plugins.build("loss", loss, embedding_size=2, classes=3)
    assert on_circle(made, torch.randn(12, 2), torch.arange(3).repeat(4)) == directions_only


def test_the_first_people_with_images_enough_are_chosen() -> None:
    labels = np.concatenate([np.repeat(p, EACH - 1 if p == 1 else EACH + p) for p in range(PEOPLE + 3)])
    chosen = labels[chosen_people(labels)]
    assert np.unique(chosen).tolist() == [0, *range(2, PEOPLE + 1)]
    with pytest.raises(UserError, match="needs two people with 4 images each"):
        chosen_people(np.repeat([0, 1], [EACH, EACH - 1]))


def test_target_logits_are_the_papers_curves() -> None:
    theta = np.radians(THETA_DEG)
    cosface = target_logits("cosface", {"margin": 0.35, "scale": 30.0})
    assert cosface is not None and np.allclose(cosface, np.cos(theta) - 0.35, atol=1e-4)
    arcface = target_logits("arcface", {"margin_rad": 0.5})
    inside = theta < np.pi - 0.5  # beyond, cos(theta + m) would rise again
    assert arcface is not None and np.allclose(np.array(arcface)[inside], np.cos(theta + 0.5)[inside], atol=1e-3)
    assert target_logits("triplet", {}) is None
