"""The two sentences at the top: who is best, whether that is sure, and what cannot be told, for every kind of run."""

from typing import Any

import pytest

from eigen2arc.compare.report.headline import headline, question_of
from eigen2arc.compare.report.render import render

from .conftest import NAMES, TASKS, MakeRun

ENDS = {"low": 0.9, "high": 0.96}
KEYS = {"verification": "accuracy", "identification": "rank1", "detection": "recall_at_fp/100"}


def metrics_of(task: str, rate: float) -> dict[str, Any]:
    made: dict[str, Any] = {"intervals": {KEYS[task]: ENDS}, "resampled": {"unit": "people"}}
    return (
        made
        | {
            "verification": {"accuracy": {"mean": rate}, "pairs": 6000},
            "identification": {"rank1": rate, "probes": 1200},
            "detection": {"recall_at_fp": {"100": rate}, "faces": 320},
        }[task]
    )


def run_of(task: str, rates: dict[str, float], undecided: tuple[str, ...] = ()) -> dict[str, Any]:
    """A run of systems with these rates; undecided : pairs, as "ab", that cannot be told apart."""
    pairs = [
        {"first": a, "second": b, "difference": rates[a] - rates[b], "low": rates[a] - rates[b] - 0.02}
        | {
            "high": rates[a] - rates[b] + 0.01,
            "better": "" if a + b in undecided else max((a, b), key=rates.__getitem__),
        }
        | {"people_needed": 2345 if rates[a] != rates[b] else None}
        for i, a in enumerate(rates)
        for b in list(rates)[i + 1 :]
    ]
    return {
        "systems": [{"id": one, "name": one.upper(), task: metrics_of(task, rate)} for one, rate in rates.items()],
        "comparisons": [{"task": task, "unit": "people", "pairs": pairs}],
    }


def text(metrics: dict[str, Any]) -> str:
    (one,) = headline(metrics)
    return str(one["text"])


def test_the_best_is_named_with_its_interval_and_whom_it_beats() -> None:
    assert text(run_of("verification", {"a": 0.7, "b": 0.93, "c": 0.8})) == (
        "<strong>B</strong> is best: it is right on <strong>93.0 %</strong> of 6,000 pairs (95 % interval for other "
        "people: 90.0 to 96.0). It beats <b>C</b> by 13.0 points (11.0 to 14.0); all the others can be told apart, too."
    )


@pytest.mark.parametrize(
    ("undecided", "said"),
    [
        (
            ("ac",),
            "(11.0 to 14.0); <b>A</b> and <b>C</b> cannot be told apart with these data: about 2,345 people would do.",
        ),
        (("ad", "cd"), "; 2 of the 3 pairs of the others cannot be told apart with these data."),
        (("ac", "ad", "cd"), "; none of the others can be told apart with these data."),
        (("bc",), "is ahead, but not beyond doubt: it is right on"),
        (
            ("bc",),
            "told apart from <b>C</b> (about 2,345 people would do) with these data; it beats <b>A</b> by 23.0 ",
        ),
        (
            ("ab", "bc", "bd"),
            "from <b>C</b> (about 2,345 people would do), <b>A</b> (about 2,345 people would do) and 1 more with ",
        ),
    ],
)
def test_what_cannot_be_told_is_said(undecided: tuple[str, ...], said: str) -> None:
    rates = {"a": 0.7, "b": 0.93, "c": 0.8, "d": 0.6}
    pairs = tuple("".join(sorted(pair)) for pair in undecided)
    assert said in text(run_of("verification", rates, pairs))


def test_systems_without_any_difference_share_the_first_place() -> None:
    said = text(run_of("detection", {"a": 0.9, "b": 0.5, "c": 0.9}, ("ac",)))
    assert said.startswith("<strong>A</strong> and <strong>C</strong> are level at the top: each finds <strong>90.0 %")
    assert said.endswith("They beat <b>B</b> by 40.0 points (38.0 to 41.0).")
    alone = text(run_of("detection", {"a": 0.9, "c": 0.9}, ("ac",)))
    assert alone.endswith("90.0 to 96.0).")


def test_hard_faces_come_before_all_faces_but_are_not_compared() -> None:
    run = run_of("detection", {"a": 0.9, "b": 0.5})
    for system, rate in zip(run["systems"], (0.2, 0.6), strict=True):
        system["detection"]["average_precision"] = {"hard": rate}
    assert question_of("detection", run["systems"]).name == "average precision"
    assert text(run) == (
        "<strong>B</strong> comes first: it has an average precision of <strong>60.0 %</strong> on the hard faces. "
        "By faces found at 100 false positives, <b>A</b> beats <b>B</b> by 40.0 points (38.0 to 41.0)."
    )


def test_a_system_alone_has_no_rank() -> None:
    run = run_of("identification", {"a": 0.9})
    assert text(run) == (
        "<strong>A</strong> puts the right person first for <strong>90.0 %</strong> of 1,200 probes (95 % interval for "
        "other people: 90.0 to 96.0). There is no other system to compare it with."
    )


def test_a_rate_that_is_nearly_all_is_not_called_all() -> None:
    assert "<strong>99.97 %</strong>" in text(run_of("verification", {"a": 0.9997}))
    assert "<strong>100.0 %</strong>" in text(run_of("verification", {"a": 1.0}))


def test_names_are_text() -> None:
    run = run_of("verification", {"a": 0.9, "b": 0.8, "c": 0.7}, ("bc",))
    for system in run["systems"]:
        system["name"] = f"<script>{system['id']}{{0}}"
    said = text(run)
    assert "<script" not in said and said.count("&lt;script&gt;") == 4


@pytest.mark.parametrize(("task", "count"), [("all", 3), ("verification", 1), ("detection", 2)])
def test_it_stands_before_all_tables(make_run: MakeRun, task: str, count: int) -> None:
    page = render(make_run(TASKS if task == "all" else (task,), NAMES[:count])).read_text("utf-8")
    above = page[page.index('<div class="answer">') : page.index("<table")]
    assert above.count("<p>") == (3 if task == "all" else 1)
    assert above.count('class="task"') == (3 if task == "all" else 0)
    assert above.count("There is no other system") == (0 if count > 1 else above.count("<p>"))
