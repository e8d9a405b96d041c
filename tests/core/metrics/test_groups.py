"""Metrics by group: counted pair by pair, intervals against published ones, and how often a spread's holds."""

import numpy as np
import pytest

from eigen2arc.core.metrics import groups
from eigen2arc.core.metrics.groups import Grouping, Rate
from eigen2arc.core.metrics.intervals import wilson, wilson_of_effective
from eigen2arc.core.metrics.people_bootstrap import share, share_of_pairs


def test_a_factor_is_cut_into_thirds(rng: np.random.Generator) -> None:
    values = rng.permutation(np.append(np.arange(90.0), np.nan))
    made = groups.cut(values)
    assert made.names == ("below 29.7", "29.7 to 59.3", "from 59.3")
    assert np.bincount(made.of[made.of >= 0]).tolist() == [30, 30, 30] and (made.of < 0).sum() == 1
    assert (made.of[values < 29.7] == 0).all() and (made.of[values > 59.3] == 2).all()


def test_few_values_and_one_that_most_have() -> None:
    assert groups.cut(np.array([2.0, 0.5, 2.0])).names == ("0.5", "2")
    assert groups.cut(np.array([2.0, 0.5, 2.0])).of.tolist() == [1, 0, 1]
    rare = groups.cut(np.array([0.0] * 80 + [0.3, 0.5, 0.7, 1.0]))
    assert rare.names == ("0", "above 0") and np.bincount(rare.of).tolist() == [80, 4]
    high = groups.cut(np.array([1.0, 2.0, 3.0] + [100.0] * 60))
    assert high.names == ("below 100", "from 100") and np.bincount(high.of).tolist() == [3, 60]
    assert groups.cut(np.array([np.nan])).names == ()


def test_pairs_by_a_slow_loop(rng: np.random.Generator) -> None:
    named = rng.choice(["b", "a", "", "rare"], 300, p=[0.45, 0.4, 0.1, 0.05]).tolist()
    first, second = rng.integers(0, 300, (2, 2000))
    same, accepted, person = rng.random(2000) < 0.4, rng.random(2000) < 0.5, np.arange(300) % 90
    made = groups.of_pairs(accepted, same, first, second, person, groups.by_name(named))
    assert made is not None and [one["name"] for one in made["groups"]] == ["a", "b"] and made["too_few"] == ["rare"]
    rates = {}
    for one in made["groups"]:
        inside = [p for p in range(2000) if named[first[p]] == named[second[p]] == one["name"]]
        impostors = [bool(accepted[p]) for p in inside if not same[p]]
        genuine = [bool(accepted[p]) for p in inside if same[p]]
        assert (one["impostors"], one["genuine"]) == (len(impostors), len(genuine))
        fmr, fnmr = np.mean(impostors), 1 - np.mean(genuine)
        assert one["fmr"]["value"] == pytest.approx(fmr) and one["fnmr"]["value"] == pytest.approx(fnmr)
        rows = [p for p in inside if not same[p]]
        drawn = share_of_pairs(np.array(impostors), person[first[rows]], person[second[rows]])
        assert (one["fmr"]["low"], one["fmr"]["high"]) == drawn.interval()
        assert one["accuracy"]["value"] == pytest.approx(1 - (fmr + fnmr) / 2)
        rates[one["name"]] = one["accuracy"]["value"]
    spread = made["spread"]["accuracy"]
    assert spread["value"] == pytest.approx(abs(rates["a"] - rates["b"]))
    assert rates[spread["highest"]] >= rates[spread["lowest"]]
    mixed = [named[a] != named[b] and "" not in (named[a], named[b]) for a, b in zip(first, second, strict=True)]
    assert made["mixed_pairs"] == sum(mixed)


def test_the_difference_of_two_shares_is_newcombes() -> None:
    """Newcombe, Statistics in Medicine 17, 1998, table II, method 10: 56/70 less 48/80 is .0524 to .3339."""
    rates = {name: Rate(hits / n, *wilson(hits, n)) for name, hits, n in (("x", 56, 70), ("y", 48, 80))}
    made = groups.spread(rates)
    assert (made["highest"], made["lowest"]) == ("x", "y")
    assert [made["low"], made["high"]] == pytest.approx([0.0524, 0.3339], abs=1e-4)


def test_probes_in_parts_of_rounds() -> None:
    right = np.repeat([1.0, 0.5], 10)
    person = np.arange(20) // 2
    made = groups.of_probes(right, np.arange(20), person, Grouping(("x", "y"), np.repeat([0, 1], 10)))
    assert made is not None and made["spread"]["rank1"]["value"] == 0.5
    assert [one["probes"] for one in made["groups"]] == [10, 10]
    ends = share(right[10:], person[10:]).interval()
    assert made["groups"][1]["rank1"] == {"value": 0.5, **dict(zip(("low", "high"), ends, strict=True))}
    assert groups.of_probes(right, np.arange(20), person, Grouping(("x", "y"), np.repeat([0, 1], [11, 9]))) is None


def test_a_group_of_one_person_says_nothing_of_others() -> None:
    right, person = np.ones(30), np.repeat([0, 1, 2, 3, 4], [10, 5, 5, 5, 5])
    made = groups.of_probes(right, np.arange(30), person, Grouping(("one", "more"), np.repeat([0, 1], [10, 20])))
    assert made is not None
    one, more = (group["rank1"] for group in made["groups"])
    assert (one["low"], one["high"]) == (0.0, 1.0)
    assert (more["low"], more["high"]) == wilson_of_effective(1.0, 0.0, 4)


def test_alike_groups_are_seldom_told_apart(rng: np.random.Generator) -> None:
    """Five groups of one true rate, so the spread is chance: at most a twentieth of the intervals leave 0."""
    draws = 2000
    hits = rng.binomial(200, 0.8, (draws, 5))
    ends = {hit: wilson(int(hit), 200, 1 - 0.05 / 10) for hit in np.unique(hits).tolist()}
    wrong = 0
    for row in hits.tolist():
        made = groups.spread({str(i): Rate(hit / 200, *ends[hit]) for i, hit in enumerate(row)})
        wrong += made["low"] > 0
    assert 0.01 < wrong / draws < 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)
