"""The decision network against densities from scipy, numerical gradients, scikit-learn's EM, and on what it is for."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from eigen2arc.classical.match.identifiers import decision_network
from eigen2arc.classical.match.identifiers.decision_network import (
    DecisionNetwork,
    learn_globally,
    learn_locally,
    learn_thresholds,
)
from eigen2arc.core.plugins import build

PEOPLE, CLUSTERS, DIMENSIONS = 3, 2, 4


@pytest.fixture
def network(rng: np.random.Generator) -> DecisionNetwork:
    """The last person has one cluster."""
    p = rng.dirichlet(np.ones(CLUSTERS), PEOPLE)
    p[-1] = [1, 0]
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    shape = (PEOPLE, CLUSTERS, DIMENSIONS)
    return DecisionNetwork(log_p, rng.normal(size=shape), rng.normal(size=shape), np.zeros(PEOPLE))


def density(network: DecisionNetwork, i: int, x: np.ndarray) -> float:
    """p(x | omega_i)."""
    parts = zip(np.exp(network.log_p[i]), network.mu[i], np.exp(network.log_var[i]), strict=True)
    return sum(p * multivariate_normal(mu, np.diag(var)).pdf(x) for p, mu, var in parts)


def errors(network: DecisionNetwork, x: np.ndarray, index: np.ndarray) -> int:
    return int(np.count_nonzero([network.phi(row).argmax() != i for row, i in zip(x, index, strict=True)]))


def test_phi_is_the_logarithm_of_the_mixtures_density(network: DecisionNetwork, rng: np.random.Generator) -> None:
    for x in rng.normal(size=(5, DIMENSIONS)):
        wanted = [np.log(density(network, i, x)) / DIMENSIONS for i in range(PEOPLE)]
        np.testing.assert_allclose(network.phi(x), wanted, rtol=1e-10)


@pytest.mark.parametrize("step", [0.3, -0.3])
def test_a_step_follows_the_gradient(network: DecisionNetwork, rng: np.random.Generator, step: float) -> None:
    """Along mu in units of the variance; x lies near enough that no axis is clipped."""
    i, small = 1, 1e-6
    x = network.mu[i, 0] + 0.5 * np.exp(network.log_var[i, 0] / 2) * rng.normal(size=DIMENSIONS)
    network.mu[i, 1] = network.mu[i, 0] + 0.3
    network.log_var[i, 1] = network.log_var[i, 0] + 0.1
    wanted = {}
    for name in ("mu", "log_var"):
        gradient = np.empty((CLUSTERS, DIMENSIONS))
        for place in np.ndindex(gradient.shape):
            values = getattr(network, name)[i]
            before = values[place]
            ends = []
            for end in (before + small, before - small):
                values[place] = end
                ends.append(np.log(density(network, i, x)))
            values[place] = before
            gradient[place] = (ends[0] - ends[1]) / (2 * small)
        wanted[name] = gradient
    before = {name: getattr(network, name).copy() for name in wanted}
    network.reinforce(i, x, step)
    np.testing.assert_allclose(
        network.mu[i] - before["mu"][i], step * np.exp(before["log_var"][i]) * wanted["mu"], atol=1e-7
    )
    np.testing.assert_allclose(network.log_var[i] - before["log_var"][i], step * wanted["log_var"], atol=1e-7)
    for name, values in before.items():
        np.testing.assert_array_equal(np.delete(getattr(network, name), i, 0), np.delete(values, i, 0))


def test_reinforcing_speaks_louder_and_damping_lower(network: DecisionNetwork, rng: np.random.Generator) -> None:
    for x in 3 * rng.normal(size=(20, DIMENSIONS)):
        before = network.phi(x)[0]
        network.reinforce(0, x, 0.05)
        louder = network.phi(x)[0]
        network.reinforce(0, x, -0.1)
        assert before < louder and network.phi(x)[0] < louder


def test_without_a_prior_em_is_scikit_learns(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    monkeypatch.setattr(decision_network, "PRIOR_IMAGES", 0.0)
    monkeypatch.setattr(decision_network, "EM_ROUNDS", 200)
    centres, deviations = np.array([[0.0, 0, 0], [4, 1, -3]]), np.array([[1.0, 0.5, 2], [0.3, 1, 1]])
    which = (rng.random(400) < 0.3).astype(int)
    x = centres[which] + deviations[which] * rng.normal(size=(400, 3))
    ours = learn_locally(x, np.zeros(400, np.int64), clusters=2)
    peer = GaussianMixture(2, covariance_type="diag", means_init=ours.mu[0], tol=1e-9, reg_covar=0, max_iter=500).fit(x)
    np.testing.assert_allclose(np.exp(ours.log_p[0]), peer.weights_, rtol=1e-3)
    np.testing.assert_allclose(ours.mu[0], peer.means_, atol=1e-3)
    np.testing.assert_allclose(np.exp(ours.log_var[0]), peer.covariances_, rtol=1e-3)


def test_one_image_a_person_gets_the_spread_of_all(rng: np.random.Generator) -> None:
    x = rng.normal(size=(6, DIMENSIONS)) * [1, 2, 3, 4]
    network = learn_locally(x, np.arange(6), clusters=3)
    np.testing.assert_allclose(network.mu[:, 0], x)
    assert (network.log_p[:, 0] == 0).all() and (network.log_p[:, 1:] == -np.inf).all()
    share = decision_network.PRIOR_IMAGES / (1 + decision_network.PRIOR_IMAGES)
    np.testing.assert_allclose(np.exp(network.log_var[:, 0]), np.tile(share * x.var(axis=0), (6, 1)))


def corners(rng: np.random.Generator, images: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Two people, each at two opposite corners of a square: both have the same mean."""
    index = np.repeat([0, 1], images)
    side = rng.choice([-1.0, 1.0], len(index))
    centre = np.stack([side, np.where(index == 0, side, -side)], axis=1)
    return 3 * centre + 0.7 * rng.normal(size=centre.shape), index


def test_two_clusters_learn_what_one_cannot(rng: np.random.Generator) -> None:
    x, index = corners(rng)
    new, truth = corners(rng)
    assert errors(learn_locally(x, index, clusters=1), new, truth) > 20  # of 80: a mean tells nothing here
    assert errors(learn_locally(x, index, clusters=2), new, truth) == 0


def test_global_learning_mends_most_of_what_local_learning_gets_wrong() -> None:
    """A few of one person's images lie out towards the other's: the mixture gives them up, the decision does not."""
    before, after = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        far, near = rng.normal((3.4, 0), 0.3, (4, 2)), rng.normal(0, 1, (40, 2))
        x = np.concatenate([near, far, rng.normal((6, 0), 1, (40, 2))])
        index = np.repeat([0, 1], [44, 40])
        network = learn_locally(x, index, clusters=1)
        before.append(errors(network, x, index))
        learn_globally(network, x, index, rate=0.2, xi=0.5, sweeps=20)
        after.append(errors(network, x, index))
    assert sum(before) >= 8 and sum(after) <= 2, (before, after)


def test_right_decisions_teach_nothing(rng: np.random.Generator) -> None:
    x, index = corners(rng)
    network = learn_locally(x, index, clusters=2)
    before = network.mu.copy(), network.log_var.copy()
    learn_globally(network, x, index, rate=0.2, xi=0.5, sweeps=10)
    np.testing.assert_array_equal(network.mu, before[0])
    np.testing.assert_array_equal(network.log_var, before[1])


def test_a_threshold_stands_half_way_where_all_can_be_told_apart(rng: np.random.Generator) -> None:
    x, index = corners(rng)
    network = learn_locally(x, index, clusters=2)
    learn_thresholds(network, x, index, rate=0.2, xi=0.5, sweeps=5)
    phi = np.stack([network.phi(row) for row in x])
    for i in range(2):
        own, others = phi[index == i, i], phi[index != i, i]
        assert others.max() < network.thresholds[i] < own.min()
        assert network.thresholds[i] == pytest.approx((others.max() + own.min()) / 2)


def test_a_threshold_comes_to_rest_where_both_kinds_of_error_pull_alike(rng: np.random.Generator) -> None:
    index = np.repeat([0, 1], [60, 40])
    x = rng.normal(size=(100, 3)) + 1.2 * index[:, None]
    xi, network = 0.3, learn_locally(x, index, clusters=1)
    learn_thresholds(network, x, index, rate=0.01, xi=xi, sweeps=600)
    phi = np.stack([network.phi(row) for row in x])
    for i in range(2):
        shut_out = (network.thresholds[i] - phi[index == i, i]).clip(0) / xi
        let_in = (phi[index != i, i] - network.thresholds[i]).clip(0) / xi
        pulls = [np.sum(expit(d[d > 0]) * expit(-d[d > 0])) for d in (shut_out, let_in)]
        assert pulls[0] > 1 and pulls[0] == pytest.approx(pulls[1], abs=0.3)  # one image's pull is 1/4


def test_a_single_person_is_accepted_and_strangers_are_not(rng: np.random.Generator) -> None:
    x = rng.normal(size=(20, 3))
    network = learn_locally(x, np.zeros(20, np.int64), clusters=1)
    learn_thresholds(network, x, np.zeros(20, np.int64), rate=0.2, xi=0.5, sweeps=5)
    assert min(network.phi(row)[0] for row in x) == network.thresholds[0] > network.phi(x[0] + 9)[0]


def test_strangers_are_rejected_and_the_known_accepted(rng: np.random.Generator) -> None:
    means = 20 * np.linalg.qr(rng.normal(size=(10, 6)))[0].T
    person = np.repeat(np.arange(6), 30)
    x = (means[person] + rng.normal(size=(len(person), 10))).astype(np.float32)
    known = person < 4
    machine = build("identifier", "decision_network").fit(x[known][::2], person[known][::2])
    accepted = machine.accepts(x)
    assert not accepted[~known].any()
    assert accepted[known][::2].all() and accepted[known][1::2].mean() > 0.85
    x[0] = np.nan
    assert not machine.accepts(x)[0]
