"""Rounds of boosting by brute force, by scikit-learn, and by what theory promises."""

import itertools

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from eigen2arc.classical.detect.boosting.adaboost import AdaBoost
from eigen2arc.classical.detect.boosting.binning import Binned
from eigen2arc.core import plugins

KINDS = ("discrete", "real", "gentle")


def problem(
    rng: np.random.Generator, features: int = 6, samples: int = 90
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, labels that the first two features tell together, and uneven weights."""
    values = rng.standard_normal((features, samples)).astype(np.float32)
    labels = values[0] + values[1] ** 2 + 0.5 * rng.standard_normal(samples) > 0.7
    return values, labels, rng.random(samples) + 0.1


def error(predicted: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    return float(weights[predicted != labels].sum() / weights.sum())


def brute_force_loss(kind: str, left: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """What the round's tree shall make small, from the loss's definition instead of from P and N."""
    loss = 0.0
    for side in (left, ~left):
        y, w = np.where(labels[side], 1.0, -1.0), weights[side]
        if kind == "discrete":
            loss += min(w[y > 0].sum(), w[y < 0].sum())
        elif kind == "gentle":
            loss += float((w * (y - np.average(y, weights=w)) ** 2).sum()) if len(w) else 0.0
        else:  # the best answer's exponential loss
            answers = np.linspace(-4, 4, 1601)
            loss += float((w[:, None] * np.exp(-y[:, None] * answers)).sum(axis=0).min()) if len(w) else 0.0
    return loss


@pytest.mark.parametrize("kind", KINDS)
def test_a_stump_is_the_best_of_all_features_and_thresholds(kind: str, rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng)
    weights /= weights.sum()
    binned = Binned.of(values)
    boosted = AdaBoost(binned, labels, weights, kind)
    boosted.add_tree()
    losses = {
        (feature, edge): brute_force_loss(kind, values[feature] < binned.threshold(feature, edge), labels, weights)
        for feature, edge in itertools.product(range(len(values)), range(255))
    }
    best = min(losses.values())
    trees = boosted.trees
    chosen = values[trees.features[0, 0]] < trees.thresholds[0, 0]
    assert brute_force_loss(kind, chosen, labels, weights) == pytest.approx(best, abs=2e-5 if kind == "real" else 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_leaves_answer_as_the_papers_say(kind: str, rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng)
    boosted = AdaBoost(Binned.of(values), labels, weights, kind)
    boosted.add_tree()
    weights = weights / weights.sum()
    left = values[boosted.trees.features[0, 0]] < boosted.trees.thresholds[0, 0]
    for side, answer in zip((left, ~left), boosted.trees.leaves[0], strict=True):
        p, n = weights[side & labels].sum(), weights[side & ~labels].sum()
        if kind == "gentle":
            assert answer == pytest.approx((p - n) / (p + n), rel=1e-5)
        elif kind == "real":
            assert answer == pytest.approx(0.5 * np.log(p / n), rel=1e-2)
        else:
            epsilon = error((left if boosted.trees.leaves[0, 0] > 0 else ~left), labels, weights)
            beta = epsilon / (1 - epsilon)  # Freund and Schapire, figure 2
            assert answer == pytest.approx(np.sign(p - n) * 0.5 * np.log(1 / beta), rel=1e-5)


def test_a_discrete_stump_errs_as_rarely_as_scikit_learns(rng: np.random.Generator) -> None:
    # So many values as bins, so that every threshold of theirs is one of ours.
    values = rng.integers(0, 64, (5, 400)).astype(np.float32)
    labels = values[3] + 15 * rng.standard_normal(400) > 30
    weights = rng.random(400) + 0.1
    boosted = AdaBoost(Binned.of(values), labels, weights, "discrete")
    boosted.add_tree()
    theirs = min(
        error(
            DecisionTreeClassifier(max_depth=1).fit(row[:, None], labels, weights).predict(row[:, None]),
            labels,
            weights,
        )
        for row in values
    )
    assert error(boosted.scores > 0, labels, weights) <= theirs + 1e-12


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_gentle_tree_is_scikit_learns_regression_tree(depth: int, rng: np.random.Generator) -> None:
    values = rng.integers(0, 40, (4, 500)).astype(np.float32)
    labels = values[0] * values[1] + 100 * rng.standard_normal(500) > 400
    weights = rng.random(500) + 0.1
    boosted = AdaBoost(Binned.of(values), labels, weights, "gentle", depth=depth)
    boosted.add_tree()
    tree = DecisionTreeRegressor(max_depth=depth).fit(values.T, np.where(labels, 1.0, -1.0), weights)
    np.testing.assert_allclose(boosted.scores, tree.predict(values.T), atol=1e-6)


def slow_tree(
    binned: Binned, labels: np.ndarray, weights: np.ndarray, kind: str, depth: int, here: np.ndarray
) -> list[tuple[float, float]]:
    """P and N of every leaf from left to right, by recursion over lists."""
    plugin = plugins.build("boosting", kind)

    def both(rows: np.ndarray) -> tuple[float, float]:
        return weights[rows & labels].sum(), weights[rows & ~labels].sum()

    def score(rows: np.ndarray) -> float:
        return float(plugin.split_score(*(np.array(part) for part in both(rows))))

    best, split = score(here) + 1e-9, None
    if depth and min(both(here)) > 0:
        for row, edge in itertools.product(binned.bins, range(255)):
            gain = score(here & (row <= edge)) + score(here & (row > edge))
            if gain > best + 1e-12:
                best, split = gain, here & (row <= edge)
    if split is None:
        return [both(here)] * 2**depth
    sides = (split, here & ~split)
    return [leaf for side in sides for leaf in slow_tree(binned, labels, weights, kind, depth - 1, side)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tree_of_depth_two_by_slow_recursion(kind: str, rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng, features=3, samples=60)
    weights /= weights.sum()
    binned = Binned.of(values)
    boosted = AdaBoost(binned, labels, weights, kind, depth=2)
    boosted.add_tree()
    leaves = slow_tree(binned, labels, weights, kind, 2, np.ones(60, bool))
    unique = list(dict.fromkeys(leaves))
    answers = plugins.build("boosting", kind).leaf_values(*np.array(unique).T)
    expected = [answers[unique.index(leaf)] for leaf in leaves]
    np.testing.assert_allclose(boosted.trees.leaves[0], expected, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [1, 2])
def test_weights_errors_and_bounds_go_as_theory_says(kind: str, depth: int, rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng, samples=300)
    boosted = AdaBoost(Binned.of(values), labels, weights, kind, depth)
    first = boosted.weights
    y = np.where(labels, 1, -1)
    losses = [1.0]
    for _ in range(30):
        boosted.add_tree()
        assert boosted.weights.sum() == pytest.approx(1)
        losses.append(float((first * np.exp(-y * boosted.scores)).sum()))
        # The weights are those of the exponential loss, which bounds the error (FHT, section 4).
        np.testing.assert_allclose(boosted.weights, first * np.exp(-y * boosted.scores) / losses[-1], rtol=1e-9)
        assert error(boosted.scores > 0, labels, first) <= losses[-1]
    assert (np.diff(losses) < 0).all()
    assert error(boosted.scores > 0, labels, first) < 0.5 * error(np.zeros(300, bool), labels, first)


def test_a_discrete_rounds_loss_is_the_bound_of_freund_and_schapire(rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng, samples=200)
    boosted = AdaBoost(Binned.of(values), labels, weights, "discrete")
    for _ in range(10):
        before, scores = boosted.weights, boosted.scores
        boosted.add_tree()
        answers = boosted.scores - scores
        epsilon = error(answers > 0, labels, before)
        z = (before * np.exp(np.where(labels, -answers, answers))).sum()
        assert z == pytest.approx(2 * np.sqrt(epsilon * (1 - epsilon)), rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_trees_score_values_as_training_did(kind: str, rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng)
    boosted = AdaBoost(Binned.of(values), labels, weights, kind, depth=2, feature_share=0.5, seed=4)
    for _ in range(9):
        boosted.add_tree()
    assert len(boosted.trees) == 9
    np.testing.assert_array_equal(boosted.trees.score(values), boosted.scores)


def test_a_round_tries_its_share_of_the_features_by_seed_and_number(rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng, features=400)

    def first_features(seed: int, rounds: int = 6) -> list[int]:
        boosted = AdaBoost(Binned.of(values), labels, weights, feature_share=0.05, seed=seed)
        for _ in range(rounds):
            boosted.add_tree()
        return boosted.trees.features[:, 0].tolist()

    assert first_features(1) == first_features(1)
    assert first_features(1) != first_features(2)
    assert len(set(first_features(1, 20))) > 10  # another choice every round


def test_trimming_takes_the_lightest_samples_out_of_the_search_alone(rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng, samples=100)
    light = np.arange(100) % 2 == 0
    weights = np.where(light, 1e-6, 1.0)
    trimmed = AdaBoost(Binned.of(values), labels, weights, trimmed_weight=0.01)
    trimmed.add_tree()
    split = trimmed.trees.features[0, 0], trimmed.trees.thresholds[0, 0]
    binned = Binned.of(values)
    alone = AdaBoost(Binned(binned.bins[:, ~light], binned.lowest, binned.step), labels[~light], np.ones(50))
    alone.add_tree()
    assert split == (alone.trees.features[0, 0], alone.trees.thresholds[0, 0])
    left = values[split[0]] < split[1]
    p, n = weights[left & labels].sum(), weights[left & ~labels].sum()
    assert trimmed.trees.leaves[0, 0] == pytest.approx((p - n) / (p + n), rel=1e-6)


def test_what_cannot_be_split_repeats_its_answer() -> None:
    # One feature tells everything at once: both halves are pure, and nothing is left for the second level.
    values = np.array([[0, 0, 0, 1, 1, 1]], np.float32)
    labels = values[0] > 0.5
    boosted = AdaBoost(Binned.of(values), labels, np.ones(6), "gentle", depth=2)
    boosted.add_tree()
    np.testing.assert_array_equal(boosted.trees.leaves, [[-1, -1, 1, 1]])
    np.testing.assert_array_equal(boosted.scores > 0, labels)
    alike = AdaBoost(Binned.of(np.ones((2, 6), np.float32)), labels, np.array([1, 1, 1, 1, 1, 4.0]), "gentle", depth=2)
    alike.add_tree()
    np.testing.assert_allclose(alike.trees.leaves, np.full((1, 4), (6 - 3) / 9), rtol=1e-6)


def test_wrong_arguments_are_refused(rng: np.random.Generator) -> None:
    values, labels, weights = problem(rng)
    binned = Binned.of(values)
    with pytest.raises(ValueError, match="labels: expected shape"):
        AdaBoost(binned, labels[1:], weights)
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="weights: expected finite numbers above 0"):
            AdaBoost(binned, labels, np.where(labels, bad, 1.0))
