"""Suppression in both kinds and both ways, against torchvision, a slow loop and cases worked by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchvision.ops import nms

from eigen2arc.deep.ops import nms as suppression
from eigen2arc.deep.ops.nms import kept_at_once, suppress


def random_boxes(n: int, seed: int, whole: bool) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (n, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 40, (n, 2))], axis=1)
    scores = rng.permutation(n).astype(np.float32) / n
    return torch.from_numpy((np.floor(boxes) if whole else boxes).astype(np.float32)), torch.from_numpy(scores)


@given(st.integers(0, 2**31), st.integers(0, 60), st.sampled_from([0.0, 0.3, 0.4, 0.7, 1.0]))
def test_suppression_equals_torchvisions_batched(seed: int, n: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 50, (n, 2))
    boxes = torch.from_numpy(np.concatenate([corner, corner + rng.uniform(0, 30, (n, 2))], axis=1).astype(np.float32))
    scores = torch.from_numpy(rng.permutation(n).astype(np.float32))
    group = torch.from_numpy(rng.integers(0, 3, n))
    kept = suppress(boxes, scores, group, threshold)
    by_group = [(group == g).nonzero()[:, 0] for g in range(3)]
    assert kept.tolist() == [r for rows in by_group for r in rows[nms(boxes[rows], scores[rows], threshold)].tolist()]


def slow_smaller(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> list[int]:
    """The MATLAB code's NMS of type "Min", with pixels counted from 1 and both ends included."""
    rows = sorted(range(len(boxes)), key=lambda i: -scores[i])
    kept: list[int] = []
    while rows:
        best = rows.pop(0)
        kept.append(best)
        rest = []
        for i in rows:
            a, b = boxes[best].astype(float), boxes[i].astype(float)
            w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + 1)
            h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + 1)
            smaller = min((a[2] - a[0] + 1) * (a[3] - a[1] + 1), (b[2] - b[0] + 1) * (b[3] - b[1] + 1))
            if w * h / smaller <= threshold:
                rest.append(i)
        rows = rest
    return kept


def test_suppression_over_the_smaller_box_equals_the_slow_loop() -> None:
    boxes, scores = random_boxes(200, 7, whole=False)
    kept = suppress(boxes, scores, torch.zeros(200, dtype=torch.int64), 0.7, over="smaller")
    assert kept.tolist() == slow_smaller(boxes.numpy(), scores.numpy(), 0.7)


@pytest.mark.parametrize("extra_px", [0.0, 1.0])
@pytest.mark.parametrize("matrix", [50, 4096])
def test_all_pairs_at_once_keep_the_same_boxes(monkeypatch: pytest.MonkeyPatch, extra_px: float, matrix: int) -> None:
    monkeypatch.setattr(suppression, "MATRIX", matrix)
    boxes, scores = random_boxes(400, 11, whole=True)
    boxes = boxes[scores.argsort(descending=True)]
    group = torch.arange(400) // 37
    at_once = kept_at_once(boxes, group, 0.3, extra_px)
    one_by_one = suppression._kept(boxes.numpy(), group.numpy(), 0.3, np.float32(extra_px))
    assert at_once.tolist() == one_by_one.tolist()
    assert 0 < at_once.sum() < 400
    assert kept_at_once(boxes[:0], group[:0], 0.3, extra_px).tolist() == []


def test_a_box_inside_a_larger_one_falls_only_over_the_smaller() -> None:
    boxes = torch.tensor([[0.0, 0, 40, 40], [10, 10, 20, 20]])
    scores, group = torch.tensor([0.9, 0.8]), torch.zeros(2, dtype=torch.int64)
    assert suppress(boxes, scores, group, 0.7).tolist() == [0, 1]
    assert suppress(boxes, scores, group, 0.7, over="smaller").tolist() == [0]


def test_of_equal_scores_the_earlier_row_stays_and_empty_boxes_do_no_harm() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [3, 3, 3, 3], [3, 3, 3, 3]])
    scores, group = torch.full((4,), 0.5), torch.zeros(4, dtype=torch.int64)
    assert suppress(boxes, scores, group, 0.7).tolist() == [0, 2, 3]
    assert kept_at_once(boxes, group, 0.7, 0.0).tolist() == [True, False, True, True]
    assert suppress(boxes[:0], scores[:0], group[:0], 0.7).tolist() == []
