"""Groups of a set, and its factors cut into parts, in metrics.json; probes of several rounds count once."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.runner import groups
from eigen2arc.compare.runner.identification import Round
from eigen2arc.core.metrics.identification import Answers
from eigen2arc.core.types import Dataset, Scores, Trials
from eigen2arc.datasets.images.lazy import ArrayImages

N = 60


def dataset(**more: Any) -> Dataset:
    images = ArrayImages([np.zeros((2, 2, 3), np.uint8)] * N, tuple(map(str, range(N))))
    return Dataset("few", images, tuple(map(str, range(N))), np.arange(N), **more)


def test_pairs_at_their_folds_thresholds(rng: np.random.Generator) -> None:
    first, second = rng.integers(0, N, (2, 800))
    same, fold = rng.random(800) < 0.5, rng.integers(0, 2, 800)
    age = rng.permutation(N).astype(float)
    side = tuple("left" if i % 2 else "right" for i in range(N))
    few = dataset(trials=Trials(first, second, same, fold), factors={"age_years": age}, groups={"side": side})
    scores = Scores(rng.normal(same, 1), same, fold)
    made = groups.of_pairs(scores, np.array([0.2, 0.8])[fold], few)["groups"]
    assert list(made) == ["side", "age_years"]
    assert [one["name"] for one in made["age_years"]["groups"]] == ["below 19.7", "19.7 to 39.3", "from 39.3"]
    inside = (first % 2 == 0) & (second % 2 == 0)
    accepted = scores.value >= np.where(fold == 0, 0.2, 0.8)
    right = next(one for one in made["side"]["groups"] if one["name"] == "right")
    assert right["fmr"]["value"] == pytest.approx(np.mean(accepted[inside & ~same]))
    assert right["fnmr"]["value"] == pytest.approx(np.mean(~accepted[inside & same]))


def rounds(ranks: np.ndarray, probes: np.ndarray) -> list[Round]:
    nothing = np.zeros(probes.shape[1])
    return [
        Round(Answers(rank, nothing, nothing, nothing, nothing), one, one, 1, 1)
        for rank, one in zip(ranks, probes, strict=True)
    ]


def test_probes_of_two_rounds(rng: np.random.Generator) -> None:
    probes = np.stack([np.arange(0, 40), np.arange(20, 60)])
    ranks = rng.integers(0, 3, (2, 40))  # 0 is a stranger
    side = tuple("left" if i < 30 else "right" for i in range(N))
    made = groups.of_probes(rounds(ranks, probes), dataset(groups={"side": side}))["groups"]["side"]
    for name, wanted in (("left", range(30)), ("right", range(30, 60))):
        shares = []
        for image in wanted:
            mine = [r == 1 for r, p in zip(ranks.ravel(), probes.ravel(), strict=True) if p == image and r > 0]
            shares += [np.mean(mine)] if mine else []
        one = next(group for group in made["groups"] if group["name"] == name)
        assert one["probes"] == len(shares) and one["rank1"]["value"] == pytest.approx(np.mean(shares))


def test_a_set_without_groups_has_none() -> None:
    assert groups.of_probes(rounds(np.ones((1, 5)), np.arange(5)[None]), dataset()) == {}
    assert groups.of_probes(rounds(np.ones((1, 5)), np.arange(5)[None]), dataset(factors={"x": np.zeros(N)})) == {}


def test_values_of_images_that_are_not_tested_cut_nothing() -> None:
    value = np.append(np.arange(30.0), np.full(30, 1e6))
    probes = np.arange(30)
    made = groups.of_probes(rounds(np.ones((1, 30)), probes[None]), dataset(factors={"x": value}))
    assert [one["name"] for one in made["groups"]["x"]["groups"]] == ["below 9.67", "9.67 to 19.3", "from 19.3"]
