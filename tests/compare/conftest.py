"""Plug-ins that note what they were fitted on, a data set whose images carry their own number, and runs made up."""

import csv
import importlib
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.progress import Progress

from eigen2arc.classical.detect.detectors.fixed_box import FixedBox
from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.suite import load
from eigen2arc.core import plugins
from eigen2arc.core.component import Component
from eigen2arc.core.files import write_json
from eigen2arc.core.image import write
from eigen2arc.core.metrics import detection, hter, identification, open_set, verification
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.types import Faces, Scores

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

RECORD = "SEEN = []\n"

#: 12 people in 4 folds, 5 images each; the last image of each person is in no pair. Image n is one colour, (n, 0, 0).
DATASET = '''
"""Numbered images."""
import numpy as np
from eigen2arc.core.types import Dataset, Trials
from eigen2arc.datasets.images.lazy import ArrayImages
PEOPLE, EACH, FOLDS = 12, 5, 4
def build(*, people_folds: bool = True, rounds: str = "") -> Dataset:
    labels = np.arange(PEOPLE).repeat(EACH)
    n = len(labels)
    images = ArrayImages([np.full((8, 8, 3), (i, 0, 0), np.uint8) for i in range(n)], tuple(str(i) for i in range(n)))
    pairs = []
    for person in range(PEOPLE):
        other = (person + FOLDS) % PEOPLE
        pairs += [(EACH * person + i, EACH * person + i + 1, True, person % FOLDS) for i in range(3)]
        pairs += [(EACH * person + i, EACH * other + 3 - i, False, person % FOLDS) for i in range(3)]
    splits = np.random.default_rng(5).integers(-1, 2, (11, n))
    splits[:, ::EACH] = 0  # everybody has an image in every gallery
    if rounds == "one out":
        splits = 0 + np.eye(n, dtype=np.int64)
    fold = labels % FOLDS if people_folds else np.arange(n) % EACH % 2
    people, trials = tuple(map(str, range(PEOPLE))), Trials(*np.array(pairs).T)
    return Dataset("numbered", images, people, labels, None, trials, fold, splits=splits if rounds else None)
'''

ENCODERS = {
    "number": '''
"""The number of the image; learns nothing."""
import numpy as np
class Number:
    matcher = "euclidean"
    def encode(self, crops):
        SEEN.append(("encode", crops[:, 4, 4, 0].tolist(), []))
        return crops[:, 4, 4, :2].astype(np.float32)
def build(): return Number()
''',
    "spy": '''
"""Notes what it is fitted on."""
import numpy as np
class Spy:
    matcher = "euclidean"
    def fit(self, crops, labels):
        SEEN.append(("fit", crops[:, 4, 4, 0].tolist(), labels.tolist()))
        self.mean_ = np.rint(crops[:, 4, 4, 0].mean())
        return self
    def encode(self, crops):
        return np.float32(crops[:, 4, 4, :2] - self.mean_)
def build(): return Spy()
''',
    "staged_spy": '''
"""The same from another encoder's vectors."""
import numpy as np
from eigen2arc.core.component import Component
class StagedSpy:
    matcher = "euclidean"
    def children(self): return (Component("encoder", "number"),)
    def sample(self, images): return np.arange(images)
    def fit(self, crops, labels): raise AssertionError("has children: is to be fitted on their vectors")
    encode = fit
    def fit_vectors(self, vectors, labels):
        SEEN.append(("fit", vectors[0][:, 0].astype(int).tolist(), labels.tolist()))
        self.mean_ = np.rint(vectors[0][:, 0].mean())
        return self
    def combine(self, vectors):
        return np.float32(vectors[0] - self.mean_)
def build(): return StagedSpy()
''',
}

MATCHER = '''
"""Notes the pairs that it is fitted on."""
import numpy as np
class PairSpy:
    def fit(self, a, b, same):
        SEEN.append(("pairs", np.stack([a, b], 1)[:, :, 0].tolist(), same.tolist()))
        return self
    def score(self, a, b): return -np.abs(a[:, None, 0] - b[None, :, 0])
    def score_pairs(self, a, b): return -np.abs(a[:, 0] - b[:, 0])
def build(): return PairSpy()
'''

DETECTOR = '''
"""Finds the whole image, in all but those that it is told to miss, by their numbers."""
import numpy as np
from eigen2arc.core.types import Faces
class Blinking:
    def __init__(self, missed): self.missed = missed
    def detect(self, images):
        whole = Faces(np.array([[0, 0, 8, 8]]), np.ones(1))
        return [Faces.none() if image[0, 0, 0] in self.missed else whole for image in images]
def build(*, missed=()): return Blinking(missed)
'''


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, list, list]]]:
    """What the spies noted: ("fit" or "encode", numbers of images, labels), or ("pairs", two vectors each, same)."""
    files = {"datasets/numbered": DATASET, "compare/pair_spy": MATCHER, "record": RECORD}
    files["deep/blinking"] = DETECTOR
    for name, text in (files | {f"classical/{name}": text for name, text in ENCODERS.items()}).items():
        path = tmp_path / "plugins" / "spies" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        docstring = text.index('"""\n') + 4 if '"""' in text else 0
        path.write_text(text[:docstring] + "from spies.record import SEEN\n" * (name != "record") + text[docstring:])
    monkeypatch.syspath_prepend(str(tmp_path / "plugins"))
    spies = {"dataset": "datasets", "encoder": "classical", "matcher": "compare", "detector": "deep"}
    for kind, package in spies.items():
        monkeypatch.setitem(plugins.KINDS, kind, (*plugins.KINDS[kind], f"spies.{package}"))
    yield importlib.import_module("spies.record").SEEN
    for name in [name for name in sys.modules if name.partition(".")[0] == "spies"]:
        del sys.modules[name]


Compare = Callable[..., dict[str, Any]]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """compare(text of a suite, folder of the run, limit, arguments of run) runs it and returns metrics.json."""

    def call(text: str, out: str = "run", most: int | None = None, **more: Any) -> dict[str, Any]:
        import json

        (tmp_path / "suite.toml").write_text(text)
        with Progress(disable=True) as progress:
            suite = load(str(tmp_path / "suite.toml"))
            settings: dict[str, Any] = {"data_root": None, "device": "cpu", "most": most, "command": "c"}
            metrics = run(suite, tmp_path / out, **settings, **more, progress=progress)
        return json.loads(metrics.read_text())

    return call


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; a test that asks for it is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on the PATH to open the page with")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def drawn() -> None:
    """Asked for by a test that looks at plots."""


@pytest.fixture
def plots_not_drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares tests of a page, but for those that ask for ``drawn``, to wait for matplotlib."""
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(Figure, "savefig", lambda _, file, **__: file.write('<svg viewBox="0 0 1 1"></svg>'))


HEADERS = {
    "scores.csv": "system first second same fold score status_first status_second first_person second_person",
    "answers.csv": "system round probe person named right score runner_up runner_up_score status rank",
    "detections.csv": "system image score x1 y1 x2 y2 hit gain",
    "images.csv": "image faces",
}
MadeUp = Callable[..., Path]


@pytest.fixture(scope="session")
def made_up_once(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    """Runs that were made up before are taken again."""
    made: dict[str, Path] = {}

    def make(systems: dict[str, float], **how: Any) -> Path:
        key = repr((systems, how))
        if key not in made:
            made[key] = write_made_up(tmp_path_factory.mktemp("made_up") / "run", systems, **how)
        return made[key]

    return make


@pytest.fixture
def made_up(made_up_once: MadeUp, tmp_path: Path) -> MadeUp:
    """made_up(name, {id: d'}, ...) writes the folder of a run whose figures are those of its tables; no images."""

    def make(name: str = "run", systems: dict[str, float] | None = None, **how: Any) -> Path:
        shutil.copytree(made_up_once(systems or {"lbp": 1.2, "net": 2.5}, **how), tmp_path / name)
        return tmp_path / name

    return make


def write_made_up(
    folder: Path,
    systems: dict[str, float],
    *,
    people: int = 40,
    only: int | None = None,
    noise: int = 0,
    stages: dict[str, dict[str, Any]] | None = None,
    version: str = "a1",
) -> Path:
    """Write a run of verification, identification with strangers, and detection.

    systems : by id how far apart the scores of the two kinds are. only : so many of the pairs. noise : seed of what
    differs from another run of the same trials. stages : by id what is otherwise.
    """
    folder.mkdir(parents=True)
    tables: dict[str, list[list[Any]]] = {name: [] for name in HEADERS}
    tables["images.csv"] = [[f"scene/{n}", 4] for n in range(12)]
    entries = []
    for number, (one, distance) in enumerate(systems.items()):
        fresh = np.random.default_rng([number, noise])
        entry = {
            "name": f"The {one}",
            "id": one,
            "track": "classical",
            "stages": {
                "detector": {"name": "fixed_box", "settings": {}},
                "aligner": {"name": "box", "settings": {"size_px": 32}},
                "encoder": {"name": one, "settings": {"grid": 4}},
                "matcher": {"name": "cosine", "settings": {}},
                **(stages or {}).get(one, {}),
            },
            "outside_data": "none",
            "crops_sha256": f"{noise}c" * 8,
            "errors": {},
            "near_threshold": [],
            "timing": {"encode": {"seconds": 2.0, "images": 80, "per_second": 40.0}},
            "verification": made_up_pairs(fresh, f"The {one}", distance, people, only, tables["scores.csv"]),
            "identification": made_up_probes(fresh, f"The {one}", distance, people, tables["answers.csv"]),
            "detection": made_up_boxes(fresh, f"The {one}", distance, tables["detections.csv"]),
        }
        entries.append(entry)
    counted = {"images": 4 * people, "people": people, "pairs": 0, "protocol": "made up", "notes": []}
    data = {"name": "made up", "version": version, "whole": version, "limited": "", **counted}
    document = {
        "format": 3,
        "suite": "made-up",
        "title": "Made up",
        "description": "Scores without images.",
        "command": "eigen2arc compare made-up",
        "eigen2arc": "0.2.0",
        "versions": {"python": "3.11", "numpy": "2.4"},
        "hardware": {"cpu": "A Processor", "cores": 2, "memory_gb": 8.0, "device": "cpu"},
        "datasets": {task: dict(data) for task in ("verification", "identification", "detection")},
        "left_out": [],
        "systems": entries,
        "comparisons": [],
        "samples": [],
    }
    write_json(folder / "metrics.json", document)
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADERS[name].split(), *rows])
    return folder


def made_up_pairs(
    rng: np.random.Generator, name: str, distance: float, people: int, only: int | None, rows: list[list[Any]]
) -> dict[str, Any]:
    """Three pairs of each person's own images, and three with the next ones' of the same fold."""
    hard = np.random.default_rng(1).normal(0, 1, (people, 6))  # what every system finds hard
    made = []
    for p in range(people):
        made += [(p, 0, p, k, True, hard[p, k]) for k in (1, 2, 3)]
        made += [(p, k, (p + 4 * k) % people, 0, False, hard[p, k + 2]) for k in (1, 2, 3)]
    made = made[:only]
    same = np.array([one[4] for one in made])
    value = distance * same + [one[5] for one in made] + rng.normal(0, 0.3, len(made))
    scores = Scores(value, same, np.array([one[0] % 4 for one in made]))
    for (a, i, b, j, truth, _), fold, score in zip(made, scores.fold.tolist(), scores.value.tolist(), strict=True):
        rows.append([name, f"p{a}/{i}.png", f"p{b}/{j}.png", int(truth), fold, score, 0, 0, f"p{a}", f"p{b}"])
    ends = {metric: {"low": 0.1, "high": 0.9} for metric in ("accuracy", "auc", "eer")}
    summary = verification.summary(scores, protocol="made up", not_found=0) | {"hter": hter.summary(scores)}
    return summary | resampled("people", people, ends) | {"det_band": {"fmr": [0.1], "low": [0.1], "high": [0.2]}}


def made_up_probes(
    rng: np.random.Generator, name: str, distance: float, people: int, rows: list[list[Any]]
) -> dict[str, Any]:
    """Two rounds: each person's image among all, with as many strangers, of whom nobody knows who they are."""
    ranks, rounds = [], []
    for number in range(2):
        similarity = rng.normal(0, 1, (2 * people, people))
        similarity[:people] += 2 * distance * np.eye(people)
        found = identification.answers(similarity, np.arange(2 * people), np.arange(people))
        ranks.append(found.rank[:people])
        right = np.where(found.rank == 1, found.score, -np.inf)[:people]
        rounds.append(open_set.OpenRound(right, found.score[people:]))
        for p, (rank, named, score) in enumerate(
            zip(found.rank.tolist(), found.named.tolist(), found.score.tolist(), strict=True)
        ):
            who, said = (f"p{p}", int(rank == 1)) if rank else ("", "")
            row = [name, number, f"probe{p}.png", who, f"p{named}", said, score, "", "", 0, rank or ""]
            rows.append(row)
    summary = identification.summary(ranks, gallery=people, people=people, protocol="made up", not_found=0)
    summary |= {"open_set": open_set.summary(rounds)}
    return summary | resampled("people", people, {"rank1": {"low": 0.1, "high": 0.9}})


def made_up_boxes(rng: np.random.Generator, name: str, distance: float, rows: list[list[Any]]) -> dict[str, Any]:
    """Of four faces in each of 12 images some are found, with some false alarms."""
    hits = np.arange(96) % 2 == 0
    value = rng.normal(distance * hits, 1)
    taken = (value > 0) | ~hits
    for n in np.flatnonzero(taken).tolist():
        rows.append([name, f"scene/{n % 12}", float(value[n]), 1, 1, 9, 9, int(hits[n]), ""])
    made = detection.summary(hits[taken], value[taken], faces=48, images=12, protocol="made up")
    ends = {"recall_at_fp/100": {"low": 0.1, "high": 0.9}}
    return made | {"test_scale": "as is", "regions": "boxes"} | resampled("images", 12, ends)


def resampled(unit: str, units: int, ends: dict[str, Any]) -> dict[str, Any]:
    return {"intervals": ends, "resampled": {"unit": unit, "units": units, "level": 0.95}}


@pytest.fixture(scope="session")
def drawn_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos each of four people, the first of a fifth on one side by side with him; a grey one, and a text."""
    drawn = plugins.build("dataset", "synthetic", people=5, images_per_person=1, seed=1, difficulty=0.0, size_px=96)
    people = [drawn.images[i].astype(np.int16) for i in range(5)]
    folder = tmp_path_factory.mktemp("photos")
    for number in range(12):
        image = people[number % 4] + 3 * (number // 4)
        both = [image] if number else [image, people[4]]
        name = folder / f"day{number // 4}" / f"{number % 4}.png"
        write(name, np.concatenate(both, axis=1).clip(0, 255).astype(np.uint8))
    write(folder / "grey.png", np.full((96, 96, 3), 128, np.uint8))
    (folder / "text.jpg").write_text("no image")
    return folder


@pytest.fixture
def square_recognizer(monkeypatch: pytest.MonkeyPatch) -> Recognizer:
    """HOG of the squares that an image has beside each other, the last one first; a grey image has none."""

    def detect(_: FixedBox, images: Sequence[np.ndarray]) -> list[Faces]:
        found = []
        for image in images:
            side, count = len(image), 0 if image.std() == 0 else image.shape[1] // len(image)
            boxes = np.array([[i * side, 0, (i + 1) * side, side] for i in range(count)][::-1], np.float32)
            found.append(Faces(boxes.reshape(-1, 4), np.linspace(1, 0.5, count, dtype=np.float32)))
        return found

    monkeypatch.setattr(FixedBox, "detect", detect)
    parts = Component("detector", "fixed_box"), Component("aligner", "box", {"size_px": 48})
    return Recognizer(*parts, Component("encoder", "hog_grid"), title="HOG", caution="for tests")
