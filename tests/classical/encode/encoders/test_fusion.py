"""A fusion's scores against the members' own, added up."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.classical.encode.encoders.fusion import score_spread
from eigen2arc.core.component import Component, ComposedEncoder
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

JOINT = {
    "name": "projected",
    "base": "lbp_histogram",
    "projections": [{"name": "whitened_pca", "components": 8}, "joint_bayesian"],
    "mirrored": True,
}
DISCRIMINANT = {"name": "fisherfaces", "max_pca_components": 10}


def people(rng: np.random.Generator, count: int = 8, each: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Crops (N, 32, 32, 3) of patterns under noise, and whose they are."""
    labels = np.arange(count).repeat(each)
    coarse = rng.integers(30, 226, (count, 4, 4, 1)).repeat(8, axis=1).repeat(8, axis=2)
    crops = coarse[labels] + rng.normal(0, 15, (len(labels), 32, 32, 3))
    return crops.clip(0, 255).astype(np.uint8), labels


def own_scores(table: dict[str, Any], crops: np.ndarray, labels: np.ndarray) -> np.ndarray:
    encoder = build("encoder", **table)
    if hasattr(encoder, "fit"):
        encoder.fit(crops, labels)
    vectors = encoder.encode(crops)
    return build("matcher", encoder.matcher).score(vectors, vectors).astype(np.float64)


@pytest.mark.parametrize("weights", [[], [2.0, 0.5]])
@pytest.mark.parametrize("members", [[JOINT, {"name": "hog_grid"}], [DISCRIMINANT, JOINT]])
def test_scores_are_the_weighted_sum_of_the_members_each_by_its_spread(
    rng: np.random.Generator, members: list[dict[str, Any]], weights: list[float]
) -> None:
    crops, labels = people(rng)
    different = labels[:, None] != labels
    slow = np.zeros((32, 32))
    for member, weight in zip(members, weights or [1, 1], strict=True):
        scores = own_scores(member, crops, labels)
        slow += weight * scores / scores[different].std()
    fusion = build("encoder", "fusion", members=members, weights=weights).fit(crops, labels)
    vectors = fusion.encode(crops)
    scores = build("matcher", fusion.matcher).score(vectors, vectors)
    np.testing.assert_allclose(scores, slow, rtol=1e-4, atol=1e-4 * np.abs(slow).max())


def test_vectors_of_members_fitted_elsewhere_are_weighed_as_its_own(rng: np.random.Generator) -> None:
    crops, labels = people(rng)
    fusion = build("encoder", "fusion", members=[JOINT, "hog_grid"])
    assert isinstance(fusion, ComposedEncoder)
    assert [child.table() for child in fusion.children()] == [JOINT, {"name": "hog_grid"}]
    fitted = [build("encoder", **JOINT).fit(crops, labels), Component("encoder", "hog_grid").built]
    chosen = fusion.sample(32)
    fusion.fit_vectors([one.encode(crops[chosen]) for one in fitted], labels[chosen])
    wanted = build("encoder", "fusion", members=[JOINT, "hog_grid"]).fit(crops, labels).encode(crops)
    np.testing.assert_array_equal(fusion.combine([one.encode(crops) for one in fitted]), wanted)


def test_a_member_may_be_made_of_others(rng: np.random.Generator) -> None:
    crops, labels = people(rng)
    inner = {"name": "fusion", "members": [JOINT, "hog_grid"]}
    outer = build("encoder", "fusion", members=[inner, DISCRIMINANT]).fit(crops, labels)
    parts = [build("encoder", **table).fit(crops, labels) for table in (inner, DISCRIMINANT)]
    by_hand = build("encoder", "fusion", members=[inner, DISCRIMINANT])
    by_hand.fit_vectors([one.encode(crops) for one in parts], labels)
    np.testing.assert_array_equal(outer.encode(crops), by_hand.combine([one.encode(crops) for one in parts]))


def test_members_that_learn_from_crops_are_saved_too(rng: np.random.Generator, tmp_path: Path) -> None:
    crops, labels = people(rng)
    inner = {"name": "fusion", "members": [DISCRIMINANT, JOINT], "weights": [1, 3]}
    fusion = build("encoder", "fusion", members=[inner, "hog_grid"]).fit(crops, labels)
    fusion.save(tmp_path / "model")
    loaded = build("encoder", "fusion", model=tmp_path / "model")
    np.testing.assert_array_equal(loaded.encode(crops), fusion.encode(crops))


def test_spread_of_the_sample_is_near_that_of_all(rng: np.random.Generator) -> None:
    labels = np.repeat(np.arange(600), 3)
    vectors = (rng.normal(size=(600, 20))[labels] + rng.normal(size=(1800, 20))).astype(np.float32)
    chosen = build("encoder", "fusion", members=["hog_grid"]).sample(1800)
    assert len(chosen) == 1000 and (np.diff(chosen) > 0).all()
    everyone = score_spread(vectors, labels, "x")
    assert score_spread(vectors[chosen], labels[chosen], "x") == pytest.approx(everyone, rel=0.05)
    with pytest.raises(UserError, match="x gives all pairs of different people the same score, or there are none"):
        score_spread(vectors, np.zeros(1800), "x")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "fusion needs members"),
        ({"members": "hog_grid"}, "fusion: members = 'hog_grid': expected a list, each a name, or a table of"),
        ({"members": ["hog_grid"], "weights": [1, 2]}, "expected 1 weights, one for each member"),
        ({"members": ["hog_grid"], "weights": [0.0]}, r"weights = \[0.0\]: expected a list, each a number above 0"),
        ({"members": ["lbp_histogram"]}, "lbp_histogram is made for the matcher chi_square, and only scores of cosine"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build("encoder", "fusion", **settings)
