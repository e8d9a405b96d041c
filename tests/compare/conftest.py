"""Plug-ins that note what they were fitted on, and a data set whose images carry their own number."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from rich.progress import Progress

from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.suite import load
from eigen2arc.core import plugins

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
    """compare(text of a suite, folder of the run, limit) runs it and returns metrics.json."""

    def call(text: str, out: str = "run", most: int | None = None) -> dict[str, Any]:
        import json

        (tmp_path / "suite.toml").write_text(text)
        with Progress(disable=True) as progress:
            suite = load(str(tmp_path / "suite.toml"))
            settings: dict[str, Any] = {"data_root": None, "device": "cpu", "most": most, "command": "c"}
            metrics = run(suite, tmp_path / out, **settings, progress=progress)
        return json.loads(metrics.read_text())

    return call


@pytest.fixture
def drawn() -> None:
    """Asked for by a test that looks at plots."""


@pytest.fixture
def plots_not_drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares tests of a page, but for those that ask for ``drawn``, to wait for matplotlib."""
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(Figure, "savefig", lambda _, file, **__: file.write('<svg viewBox="0 0 1 1"></svg>'))
