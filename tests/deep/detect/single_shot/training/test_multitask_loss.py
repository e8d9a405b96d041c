"""The loss and its targets against the obvious loops."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level, anchors
from eigen2arc.deep.detect.single_shot.anchors.box_codec import encode_boxes, encode_points
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets, encode_targets, stack_targets
from eigen2arc.deep.detect.single_shot.networks.heads import Predictions
from eigen2arc.deep.detect.single_shot.training.multitask_loss import multitask_loss

B, A = 3, 40


def smooth_l1(x: float) -> float:
    return 0.5 * x * x if abs(x) < 1 else abs(x) - 0.5


def slow(p: Predictions, t: Targets, ratio: float, least: int) -> tuple[float, float, float]:
    classification, boxes, points = 0.0, 0.0, 0.0
    faces = with_points = 0
    for b in range(B):
        costs = []
        positives = 0
        for a in range(A):
            no_face, face = p.logits[b, a].tolist()
            matched = int(t.matched[b, a])
            if matched >= 0:
                positives += 1
                classification += math.log(1 + math.exp(no_face - face))
                boxes += sum(smooth_l1(float(x)) for x in p.boxes[b, a] - t.boxes[b, a])
                off = [float(x) for x in p.points[b, a] - t.points[b, a]]
                points += sum(smooth_l1(x) for x in off if not math.isnan(x))
                with_points += not all(math.isnan(x) for x in off)
            elif matched == NEGATIVE:
                costs.append(math.log(1 + math.exp(face - no_face)))
        classification += sum(sorted(costs, reverse=True)[: max(int(ratio * positives), least)])
        faces += positives
    return classification / max(faces, 1), boxes / max(faces, 1), points / max(with_points, 1)


def case(seed: int, share: float) -> tuple[Predictions, Targets]:
    generator = torch.Generator().manual_seed(seed)
    logits, boxes, points = (torch.randn(B, A, n, generator=generator).double() for n in (2, 4, 10))
    wanted = Targets(
        torch.where(torch.rand(B, A, generator=generator) < share, 3, NEGATIVE),
        torch.randn(B, A, 4, generator=generator).double() * 2,
        torch.randn(B, A, 10, generator=generator).double() * 2,
    )
    wanted.matched[torch.rand(B, A, generator=generator) < 0.2] = IGNORED
    wanted.points[torch.rand(B, A, generator=generator) < 0.4] = torch.nan
    wanted.points[torch.rand(B, A, 10, generator=generator) < 0.1] = torch.nan
    return Predictions(logits, boxes, points), wanted


@pytest.mark.parametrize(("ratio", "least"), [(3, 0), (7, 5), (0.5, 1), (100, 0)])
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_it_equals_the_loops(ratio: float, least: int, share: float) -> None:
    for seed in range(3):
        predictions, wanted = case(seed, share)
        loss = multitask_loss(predictions, wanted, negatives_per_positive=ratio, least_negatives=least)
        assert [float(part) for part in loss] == pytest.approx(slow(predictions, wanted, ratio, least), rel=1e-5)


def test_the_total_is_equation_1() -> None:
    loss = multitask_loss(*case(0, 0.2))
    expected = loss.classification + 0.25 * loss.boxes + 0.1 * loss.points
    torch.testing.assert_close(loss.total(), expected)
    torch.testing.assert_close(loss.total(lambda_1=2.0, lambda_2=0.0), loss.classification + 2 * loss.boxes)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_gradients_are_finite_and_ignored_anchors_have_none(share: float) -> None:
    predictions, wanted = case(4, share)
    leaves = Predictions(*(part.requires_grad_() for part in predictions))
    multitask_loss(leaves, wanted).total().backward()
    for part in leaves:
        assert part.grad is not None and torch.isfinite(part.grad).all()
        assert (part.grad[wanted.matched == IGNORED] == 0).all()
    assert leaves.logits.grad is not None and leaves.logits.grad.abs().sum() > 0


def test_half_precision_predictions_are_summed_in_single() -> None:
    predictions, wanted = case(2, 0.2)
    half = Predictions(*(part.bfloat16() for part in predictions))
    single = Predictions(*(part.float() for part in half))
    wanted = Targets(wanted.matched, wanted.boxes.float(), wanted.points.float())
    for a, b in zip(multitask_loss(half, wanted), multitask_loss(single, wanted), strict=True):
        assert a.dtype == torch.float32
        torch.testing.assert_close(a, b)


@given(st.integers(0, 2**31), st.integers(0, 4))
def test_targets_are_the_faces_seen_from_their_anchors(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    grid = anchors(40, 40, (Level(8, (16,)),))
    corner = rng.uniform(0, 30, (n, 2))
    boxes = torch.tensor(np.concatenate([corner, corner + rng.uniform(1, 20, (n, 2))], axis=1), dtype=torch.float32)
    points = torch.tensor(rng.uniform(0, 40, (n, 5, 2)), dtype=torch.float32)
    matched = torch.tensor(rng.integers(-2, n, len(grid)))
    made = encode_targets(matched, boxes, points, grid)
    for a in range(len(grid)):
        face = int(matched[a])
        box = encode_boxes(boxes[face], grid[a]) if face >= 0 else torch.zeros(4)
        five = encode_points(points[face], grid[a]) if face >= 0 else torch.zeros(10)
        torch.testing.assert_close(made.boxes[a], box)
        torch.testing.assert_close(made.points[a], five)
    both = stack_targets([made, made])
    assert both.matched.shape == (2, len(grid)) and both.points.shape == (2, len(grid), 10)
