"""Ablation: of planted mistakes, whose cost can be told without a bench; and what is written down of it."""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.ablation import attribute, points_used
from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.suite import load
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import people_bootstrap
from eigen2arc.core.metrics.people_bootstrap import Draws
from eigen2arc.core.metrics.verification import accuracy_by_fold
from eigen2arc.core.types import Scores, Trials

#: 12 people in 4 folds, 5 images each. The annotated face is the left square, in the person's grey; at the right stands
#: somebody else, all around is black. A crop's first pixel says what was cut out.
DATASET = '''
"""Two squares an image."""
import numpy as np
from eigen2arc.core.types import Dataset, Faces, Trials
from eigen2arc.datasets.images.lazy import ArrayImages
PEOPLE, EACH, FOLDS = 12, 5, 4
def build(*, gallery: bool = False, annotated: bool = True) -> Dataset:
    labels = np.arange(PEOPLE).repeat(EACH)
    arrays = np.zeros((len(labels), 32, 32, 3), np.uint8)
    arrays[:, 0, 0, 0] = np.arange(len(labels))
    arrays[:, 10:22, 1:13] = (20 * labels + 20)[:, None, None, None]
    arrays[:, 10:22, 19:31] = 250
    pairs = []
    for person in range(PEOPLE):
        other = (person + FOLDS) % PEOPLE
        pairs += [(EACH * person + i, EACH * person + i + 1, True, person % FOLDS) for i in range(3)]
        pairs += [(EACH * person + i, EACH * other + 3 - i, False, person % FOLDS) for i in range(3)]
    faces = [Faces(np.array([[1, 10, 13, 22]]), np.ones(1))] * len(labels) if annotated else None
    images = ArrayImages(list(arrays), tuple(map(str, range(len(labels)))))
    fold = np.arange(len(labels)) % EACH % 2 if gallery else None
    return Dataset("squares", images, tuple(map(str, range(PEOPLE))), labels, faces, Trials(*np.array(pairs).T), fold)
'''

DETECTOR = '''
"""Finds the left square, but for images that it is told to be wrong about, by their numbers."""
import numpy as np
from eigen2arc.core.types import Faces
class Mistaken:
    def __init__(self, **wrong): self.wrong = wrong
    def detect(self, images): return [self.one(int(image[0, 0, 0])) for image in images]
    def one(self, number):
        boxes = {"missed": [], "other": [[19, 10, 31, 22]], "shifted": [[-3, 6, 9, 18]]}
        kind = next((kind for kind, numbers in self.wrong.items() if number in numbers), None)
        found = np.array([[1, 10, 13, 22]] if kind is None else boxes[kind], np.float64).reshape(-1, 4)
        return Faces(found, np.ones(len(found)))
def build(*, missed=(), other=(), shifted=()): return Mistaken(missed=missed, other=other, shifted=shifted)
'''

ENCODER = '''
"""The first pixel."""
import numpy as np
class FirstPixel:
    matcher = "euclidean"
    def encode(self, crops): return crops[:, 0, 0, :1].astype(np.float32)
def build(): return FirstPixel()
'''

WRONG = {"missed": [3, 27, 41], "other": [8, 11, 28, 52], "shifted": [1, 13, 16, 22, 31, 36, 46]}

SUITE = f"""
[TASK]
dataset = "squares"
[[systems]]
name = "one"
detector = {{ name = "mistaken", missed = {WRONG["missed"]}, other = {WRONG["other"]}, shifted = {WRONG["shifted"]} }}
aligner = {{ name = "box", size_px = 12 }}
encoder = "first_pixel"
[[systems]]
name = "two"
detector = {{ name = "mistaken", shifted = {WRONG["shifted"]} }}
aligner = {{ name = "box", size_px = 12 }}
encoder = {{ name = "eigenfaces", components = 2 }}
[ablate]
detector = ["mistaken", {{ name = "mistaken", missed = [2] }}]
aligner = ["box", "eyes"]
preprocessing = ["gamma"]
"""

Ablate = Callable[..., dict[str, Any]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ablate]:
    """call(stages, a task, replacements) runs the suite and returns metrics.json."""
    for name, text in {
        "datasets/squares": DATASET,
        "deep/mistaken": DETECTOR,
        "classical/first_pixel": ENCODER,
    }.items():
        path = tmp_path / "plugins" / "planted" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    few = partial(people_bootstrap.verification, rounds=20)  # the draws have tests of their own
    monkeypatch.setattr(people_bootstrap, "verification", few)
    monkeypatch.syspath_prepend(str(tmp_path / "plugins"))
    for kind, package in {"dataset": "datasets", "detector": "deep", "encoder": "classical"}.items():
        monkeypatch.setitem(plugins.KINDS, kind, (*plugins.KINDS[kind], f"planted.{package}"))

    def made(*stages: str, task: str = "verification", replaced: tuple[str, str] = ("", "")) -> dict[str, Any]:
        (tmp_path / "suite.toml").write_text(SUITE.replace("TASK", task).replace(*replaced))
        suite, settings = load(str(tmp_path / "suite.toml")), {"device": "cpu", "most": None, "command": "c"}
        with Progress(disable=True) as progress:
            path = run(suite, tmp_path / "run", data_root=None, **settings, progress=progress, ablated=stages)
        return json.loads(path.read_text())

    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] == "planted"]:
        del sys.modules[name]


def accuracy(*kinds: str) -> float:
    """The accuracy if the detector is only wrong in these ways, by hand: what each crop's first pixel is then."""
    dataset = plugins.build("dataset", "squares")
    seen = 20.0 * dataset.labels + 20
    for kind in kinds:
        seen[WRONG[kind]] = {"missed": 0, "other": 250, "shifted": 0}[kind]
    trials: Trials = dataset.trials
    value = -np.abs(seen[trials.first] - seen[trials.second])
    return accuracy_by_fold(Scores(value, trials.same, trials.fold)).mean


def test_planted_mistakes_cost_what_they_do(call: Ablate) -> None:
    (one, _) = call("detector")["ablation"]["systems"]
    named = {row["changed"]["detector"]: row["accuracy"] for row in one["variants"]}
    own, truth = one["attribution"]["detectors"][0], one["attribution"]
    assert truth["annotated"] and truth["accuracy"] == named["annotated"] == accuracy() == 1
    assert own["as_it_is"] and own["detector"] == one["stages"]["detector"]
    assert own["accuracy"] == one["accuracy"] == accuracy("missed", "other", "shifted") < 0.9
    wanted = {
        "choice": 1 - accuracy("missed", "other"),
        "place": 1 - accuracy("shifted"),
        "both": 1 - accuracy("missed", "other", "shifted"),
    }
    wanted["sum"] = wanted["choice"] + wanted["place"]
    assert min(wanted["choice"], wanted["place"]) > 0.05
    for part, loss in wanted.items():
        assert own["losses"][part]["value"] == pytest.approx(loss)
    assert own["interaction"]["value"] == pytest.approx(wanted["both"] - wanted["sum"])
    flawless = next(row for row in truth["detectors"] if row["detector"] == "mistaken")
    assert all(estimate == {"value": 0, "low": 0, "high": 0} for estimate in flawless["losses"].values())
    assert flawless["adds_up"] and flawless["accuracy"] == 1


def test_what_is_tried_and_what_cannot_be(call: Ablate) -> None:
    plain = call()
    document = call("detector", "aligner", "preprocessing", "encoder")
    ablation = document.pop("ablation")
    assert document == plain  # what stands there without an ablation stays the same
    assert document["datasets"]["verification"]["on_missing"] == "annotation" and ablation["on_missing"] == "centre"
    one, two = ablation["systems"]
    assert one["accuracy"] < document["systems"][0]["verification"]["accuracy"]["mean"]  # the annotation helped there
    for system, encoder in ((one, "two"), (two, "one")):
        tried = [(row["stage"], *row["changed"].values()) for row in system["variants"]]
        detectors = [("detector", name) for name in ("mistaken", "mistaken (missed = [2])", "annotated")]
        assert tried == [*detectors, ("preprocessing", "gamma"), ("encoder", encoder)]
        for row in system["variants"]:
            difference = row["difference"]
            assert difference["value"] == pytest.approx(row["accuracy"] - system["accuracy"])
            assert difference["low"] <= difference["value"] <= difference["high"]
            assert row["not_found"] == (
                1
                if "[2]" in row["changed"].get("detector", "")
                else system["not_found"]
                if "detector" not in row["changed"]
                else 0
            )
        assert system["variants"][2]["same_crops_as"] == "mistaken"
    assert len(ablation["left_out"]) == 8 and all(
        line.endswith("the aligner eyes needs them") for line in ablation["left_out"]
    )
    assert (
        "one, annotated, eyes: the annotation gives no points, and the aligner eyes needs them" in ablation["left_out"]
    )
    written = json.dumps(ablation)
    assert json.dumps(call("detector", "aligner", "preprocessing", "encoder")["ablation"]) == written


def test_where_nothing_is_annotated_the_best_detector_is_the_reference(call: Ablate) -> None:
    ablation = call("detector", replaced=('"squares"', '"squares"\nannotated = false'))["ablation"]
    assert not ablation["annotated"] and ablation["on_missing"] == "annotation"
    (one, _) = ablation["systems"]
    made = one["attribution"]
    assert not made["annotated"] and made["reference"] == "mistaken" and made["accuracy"] == 1
    own = made["detectors"][0]
    assert own["losses"]["choice"]["value"] == pytest.approx(1 - accuracy("missed", "other"))
    assert own["losses"]["place"]["value"] == pytest.approx(1 - accuracy("shifted"))


def test_probes_are_looked_up_where_there_are_no_pairs(call: Ablate) -> None:
    document = call(
        "aligner", "preprocessing", task="identification", replaced=('"squares"', '"squares"\ngallery = true')
    )
    assert document["ablation"]["task"] == "identification"
    (one, two) = document["ablation"]["systems"]
    ranks = [system["identification"]["rank1"] for system in document["systems"]]
    assert two["accuracy"] == pytest.approx(ranks[1])  # it misses no face
    assert one["accuracy"] < ranks[0] and "attribution" not in one


def test_a_suite_that_only_detects_is_refused(call: Ablate) -> None:
    with pytest.raises(UserError, match="--ablate: suite suite has neither pairs nor a closed gallery"):
        call("detector", task="detection")


@pytest.mark.parametrize(("aligner", "used"), [("five_point", 5), ("eyes", 2), ("box", 0)])
def test_the_points_that_an_aligner_uses_are_found_out(aligner: str, used: int) -> None:
    assert points_used(plugins.build("aligner", aligner)).tolist() == [i < used for i in range(5)]


def share(right: np.ndarray) -> Draws:
    """Of one trial a person."""
    return people_bootstrap.share(right, np.arange(len(right)))


def test_losses_that_interact_are_said_to() -> None:
    n = 300
    best, spoilt = share(np.ones(n, bool)), share(np.arange(n) >= 60)
    alone = attribute(best, spoilt, best, spoilt)
    assert alone["adds_up"] and alone["interaction"]["value"] == 0
    assert alone["losses"]["sum"] == alone["losses"]["choice"] == alone["losses"]["both"]
    half = 1.967930 * np.sqrt(0.2 * 0.8 / (n - 1))  # Student's with 299 degrees of freedom
    assert alone["losses"]["choice"]["high"] - 0.2 == pytest.approx(half, rel=0.1)
    twice = attribute(best, spoilt, spoilt, spoilt)
    assert not twice["adds_up"] and twice["interaction"]["value"] == pytest.approx(-0.2)
    assert twice["losses"]["sum"]["value"] == pytest.approx(0.4)
