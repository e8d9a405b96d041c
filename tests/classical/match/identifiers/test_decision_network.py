"""The decision network as an identifier: strangers are turned away."""

import numpy as np

from eigen2arc.core import plugins


def test_strangers_are_rejected_and_the_known_accepted(rng: np.random.Generator) -> None:
    means = 20 * np.linalg.qr(rng.normal(size=(10, 6)))[0].T
    person = np.repeat(np.arange(6), 30)
    x = (means[person] + rng.normal(size=(len(person), 10))).astype(np.float32)
    known = person < 4
    machine = plugins.build("identifier", "decision_network").fit(x[known][::2], person[known][::2])
    accepted = machine.accepts(x)
    assert not accepted[~known].any()
    assert accepted[known][::2].all() and accepted[known][1::2].mean() > 0.85
    x[0] = np.nan
    assert not machine.accepts(x)[0]
