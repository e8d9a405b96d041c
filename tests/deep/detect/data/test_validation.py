"""Recall at one false positive an image, against cases worked by hand and the bench's own matching."""

import numpy as np

from eigen2arc.core.metrics.detection import discrete_roc, match, recall_at_fp
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.validation import match_detections, recall_at_one_false_positive


def at(*left: float, scores: list[float]) -> Faces:
    return Faces(np.array([[x, 0, x + 10, 10] for x in left], np.float32).reshape(-1, 4), np.array(scores))


def test_by_hand() -> None:
    truth = [at(0, 50, scores=[1, 1]), at(0, scores=[1])]
    found = [at(0, 100, 51, scores=[0.9, 0.8, 0.3]), at(200, 300, 0, scores=[0.7, 0.6, 0.5])]
    # In order of score: hit, false, false, false: after two false positives nothing counts any more.
    assert recall_at_one_false_positive(found, truth) == (1 / 3, 3)
    assert recall_at_one_false_positive([Faces.none()] * 2, truth) == (0.0, 3)
    assert recall_at_one_false_positive(truth, truth) == (1.0, 3)


def test_what_is_to_be_ignored_counts_nowhere() -> None:
    truth = at(0, 50, scores=[1, 0])
    hit, counted = match_detections(at(50, 0, 1, scores=[0.9, 0.8, 0.7]), truth)
    assert hit.tolist() == [False, True, False]
    assert counted.tolist() == [False, True, True]
    assert recall_at_one_false_positive([at(50, 0, scores=[0.9, 0.8])], [truth]) == (1.0, 1)


def test_as_the_bench_matches_where_faces_lie_apart() -> None:
    rng = np.random.default_rng(3)
    truth, found = [], []
    for _ in range(20):
        places = np.arange(0, 200, 25)
        truth.append(at(*places[:5], scores=[1.0] * 5))
        shift = rng.normal(0, 2.5, 8)
        found.append(at(*(places + shift), scores=rng.random(8).tolist()))
    hits = np.concatenate([match(f, t.boxes) for f, t in zip(found, truth, strict=True)])
    false, recall = discrete_roc(hits, np.concatenate([f.scores for f in found]), 100)
    assert recall_at_one_false_positive(found, truth) == (recall_at_fp(false, recall, 20), 100)
