"""The pairs' support vector machine against scikit-learn on explicit features, and the best rule for Gaussians."""

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from eigen2arc.core.plugins import build


def gaussian_pairs(
    rng: np.random.Generator, pairs: int, signal: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half of them of one person. Person and noise have variance signal and 1 - signal in each dimension."""
    same = np.arange(pairs) % 2 == 0
    who = rng.normal(size=(2, pairs, len(signal))) * np.sqrt(signal)
    who[1, same] = who[0, same]
    a, b = (who + rng.normal(size=who.shape) * np.sqrt(1 - signal)).astype(np.float32)
    return a, b, same


def test_equals_scikit_learn_on_features_written_out(rng: np.random.Generator) -> None:
    a, b, same = gaussian_pairs(rng, 300, np.linspace(0.1, 0.9, 6))
    units = np.float32([1, 100, 0.01, 3, 5, 9])
    a, b = a * units + 7, b * units + 7
    both = StandardScaler().fit(np.concatenate([a, b]).astype(np.float64))

    def features(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = both.transform(x.astype(np.float64)), both.transform(y.astype(np.float64))
        return np.concatenate([abs(x - y), x * y], axis=1)

    peer = make_pipeline(StandardScaler(), LinearSVC(C=0.01, dual=False, tol=1e-8, max_iter=10_000))
    peer.fit(features(a, b), same)
    new_a, new_b, _ = gaussian_pairs(rng, 60, np.linspace(0.1, 0.9, 6))
    new_a, new_b = new_a * units + 7, new_b * units + 7
    ours = build("matcher", "pair_svm", c=0.01).fit(a, b, same).score_pairs(new_a, new_b)
    np.testing.assert_allclose(ours, peer.decision_function(features(new_a, new_b)), atol=1e-3)


def test_nearly_as_good_as_the_likelihood_ratio(rng: np.random.Generator) -> None:
    """Nothing beats the ratio of the two Gaussian densities; cosine, to which all dimensions are the same, does not."""
    signal = np.repeat([0.02, 0.7], [60, 12])
    matcher = build("matcher", "pair_svm").fit(*gaussian_pairs(rng, 6000, signal))
    a, b, same = gaussian_pairs(rng, 6000, signal)
    # log p(a, b | same) - log p(a, b | not), dimension by dimension: correlation ``signal`` against none.
    ratio = np.sum(
        (2 * signal * a * b - signal**2 * (a.astype(np.float64) ** 2 + b**2)) / (2 * (1 - signal**2))
        - np.log(1 - signal**2) / 2,
        axis=1,
    )
    right = {
        "best": np.mean((ratio > 0) == same),
        "ours": np.mean((matcher.score_pairs(a, b) > 0) == same),
        "cosine": max(
            np.mean((build("matcher", "cosine").score_pairs(a, b) > t) == same) for t in np.linspace(0, 1, 101)
        ),
    }
    assert right["best"] - right["ours"] < 0.02 and right["ours"] > right["cosine"] + 0.05, right


def test_a_dimension_that_never_varies_plays_no_part(rng: np.random.Generator) -> None:
    a, b, same = gaussian_pairs(rng, 300, np.full(4, 0.8))
    a[:, 2] = b[:, 2] = 5
    matcher = build("matcher", "pair_svm").fit(a, b, same)
    wanted = matcher.score_pairs(a, b)
    a[:, 2] = 1000
    np.testing.assert_array_equal(matcher.score_pairs(a, b), wanted)
