"""What may stand in place of a stage, as a suite names it, and the words of --ablate."""

from typing import Any

import pytest

from eigen2arc.compare.runner.alternatives import DEFAULT, Alternatives, stages_named
from eigen2arc.compare.runner.suite import load
from eigen2arc.core.errors import UserError


def test_what_a_suite_names_replaces_the_default_of_that_stage() -> None:
    table = {"aligner": [{"name": "box", "margin": 0.2}], "preprocessing": ["gamma", ["gamma", "clahe"]]}
    made = Alternatives.parse(table, ["a", "b"], "here")
    assert [one.table() for one in made.aligner] == [{"name": "box", "margin": 0.2}]
    assert [[step.name for step in steps] for steps in made.preprocessing] == [["gamma"], ["gamma", "clahe"]]
    assert [one.name for one in made.detector] == [
        one if isinstance(one, str) else one["name"] for one in DEFAULT["detector"]
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (3, "here: expected a table, got 3"),
        ({"encoder": []}, "here: unknown key 'encoder': it may hold detector"),
        ({"aligner": "box"}, "here, aligner: expected a list, got 'box'"),
        ({"aligner": ["bxo"]}, "here, aligner: .*did you mean 'box'"),
        ({"systems": ["c"]}, "here, systems: no system has the id 'c': .*a, b"),
        ({"preprocessing": [["gamma", 3]]}, "here, preprocessing: expected a name"),
    ],
)
def test_what_cannot_be_read_is_named(table: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        Alternatives.parse(table, ["a", "b"], "here")


def test_set_reaches_the_alternatives_of_every_suite() -> None:
    made = load("orl", ['ablate.detector=["fixed_box"]', "ablate.systems=[]"]).ablate
    assert [one.name for one in made.detector] == ["fixed_box"] and len(made.aligner) == len(DEFAULT["aligner"])
    weights = load("orl", paths={"weights": "there"}).ablate.detector[-1].settings["weights"]
    assert weights.startswith("there/")


def test_the_words_of_ablate() -> None:
    assert stages_named("aligner, detector,aligner") == ("detector", "aligner")
    with pytest.raises(UserError, match="no stage 'detecter' is exchanged: .*detector"):
        stages_named("detecter")
    with pytest.raises(UserError, match="names no stage"):
        stages_named(" , ")
