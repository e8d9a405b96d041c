"""The digest of a plug-in's code follows what it imports and builds, and nothing else."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eigen2arc.core import code_digest
from eigen2arc.core.plugins import KINDS, find

FILES = {
    "stage.py": '"""A stage."""\nfrom .near import nearly\n\ndef build():\n    """Build it."""\n    return nearly(1)\n',
    "near.py": "from {top}.other import far\n\n\ndef nearly(x):\n    return far.value(x)\n",
    "unrelated.py": "VALUE = 1\n",
    "__init__.py": '"""A room."""\n',
    "other/__init__.py": "",
    "other/far.py": "import numpy\n\n\ndef value(x):\n    # as it is\n    return numpy.abs(x)\n",
}


class Toy:
    """A room of made modules, and the digest of one of them."""

    def __init__(self, root: Path) -> None:
        self.top = f"toy_{abs(hash(root))}"
        self.folder = root / self.top / "room"
        for name, text in FILES.items():
            self.write(name, text.replace("{top}.other", f"{self.top}.room.other"))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def digest(self, *words: str) -> str:
        code_digest.closure.cache_clear()
        code_digest._read.cache_clear()
        importlib.invalidate_caches()
        return code_digest.code_digest(f"{self.top}.room.stage", frozenset(words))


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    made = Toy(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return made


@pytest.mark.parametrize(
    "better",
    [
        lambda toy: toy.change("other/far.py", "# as it is", "# without its sign, since the paper does so"),
        lambda toy: toy.change("stage.py", "Build it.", "Build the stage.\n\n    Raises nothing."),
        lambda toy: toy.change("stage.py", '"""A stage."""\n', '"""A better sentence."""\n\n\n'),
        lambda toy: toy.change("near.py", "far.value(x)", "far.value(\n        x\n    )"),
        lambda toy: toy.change("near.py", "(x):\n", '(x):\n    """Return nearly x."""\n'),
        lambda toy: toy.change("unrelated.py", "1", "2"),
        lambda toy: toy.write("new.py", "VALUE = 3\n"),
        # Python runs a package's __init__ before any of its modules; that changes nothing of what they compute.
        lambda toy: toy.write("other/__init__.py", "import os\n"),
        lambda toy: toy.write("__init__.py", "from .unrelated import VALUE\n"),
    ],
)
def test_words_and_other_modules_do_not_count(toy: Toy, better: Callable[[Toy], None]) -> None:
    before = toy.digest()
    better(toy)
    assert toy.digest() == before


@pytest.mark.parametrize(
    "changed",
    [
        lambda toy: toy.change("stage.py", "nearly(1)", "nearly(2)"),
        lambda toy: toy.change("stage.py", "nearly(1)", "nearly(1.0)"),
        lambda toy: toy.change("near.py", "far.value(x)", "-far.value(x)"),
        lambda toy: toy.change("other/far.py", "numpy.abs(x)", "numpy.sqrt(x)"),
    ],
)
def test_code_counts_however_far_away(toy: Toy, changed: Callable[[Toy], None]) -> None:
    before = toy.digest()
    changed(toy)
    assert toy.digest() != before


def test_a_package_counts_where_a_name_in_it_is_imported(toy: Toy) -> None:
    toy.write("other/__init__.py", "from ..unrelated import VALUE\n")
    toy.change("near.py", "import far\n", "import VALUE, far\n")
    before = toy.digest()
    toy.change("unrelated.py", "1", "2")
    assert toy.digest() != before
    before = toy.digest()
    toy.write("other/__init__.py", "VALUE = 2\n")
    assert toy.digest() != before


def test_shipped_weights_count_where_the_package_is_named(toy: Toy) -> None:
    toy.write("weights/__init__.py", "")
    toy.write("weights/faces.safetensors", "one")
    before = toy.digest()
    toy.write("weights/faces.safetensors", "two")
    assert toy.digest() == before
    toy.change("other/far.py", "import numpy\n", f'import numpy\n\nPACKAGE = "{toy.top}.room.weights"\n')
    before = toy.digest()
    toy.write("weights/faces.safetensors", "three")
    assert toy.digest() != before


def test_plug_ins_that_are_built_count(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "detector", (f"{toy.top}.room.detectors",))
    toy.write("detectors/__init__.py", "")

    def changes(call: str, *words: str) -> set[str]:
        """Return which of the detectors make another digest."""
        toy.write("near.py", f"from x import build, find\n\n\ndef nearly(x):\n    return {call}\n")
        for name in ("one", "two"):
            toy.write(f"detectors/{name}.py", "def build():\n    return 1\n")
        before, found = toy.digest(*words), set()
        for name in ("one", "two"):
            toy.write(f"detectors/{name}.py", "def build():\n    return 2\n")
            found |= {name} if toy.digest(*words) != before else set()
            toy.write(f"detectors/{name}.py", "def build():\n    return 1\n")
        return found

    assert changes('build("detector", "one")') == {"one"}
    assert changes('build("detector", x)', "two", "else") == {"two"}
    assert changes('build("detector", x)', "else") == {"one", "two"}
    assert changes('find("detector", x)') == set()


def test_all_that_is_loaded_is_followed() -> None:
    """What Python loads for a plug-in, asked in a process of its own, is in the closure that was read.

    But for packages, and what core's own loads: no name is imported from them.
    """
    module = find("detector", "viola_jones").module
    ask = (
        f"import sys, {module}\n"
        "found = [name for name in sys.modules if name.startswith('eigen2arc.')]\n"
        "print(*[name for name in found if not hasattr(sys.modules[name], '__path__')])"
    )
    run = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    loaded, followed = set(run.stdout.split()), code_digest.closure(module).keys()
    assert len(loaded) > 20 and loaded <= followed | code_digest.closure("eigen2arc.core").keys()
    assert "eigen2arc.core.pipeline" in loaded - followed


def test_what_is_chosen_by_settings_and_in_model_files() -> None:
    def names(kind: str, name: str, *words: str) -> set[str]:
        found = code_digest.closure(find(kind, name).module, frozenset(words))
        return {one.removeprefix("eigen2arc.") for one in found}

    of_lbp = names("encoder", "projected", "lbp_histogram", "lda")
    assert {"classical.encode.encoders.lbp_histogram", "classical.encode.projections.lda"} <= of_lbp
    assert not {"classical.encode.encoders.eigenfaces", "deep.encode.encoders.embedding"} & of_lbp
    assert "deep.encode.backbones.iresnet" in names("encoder", "projected", "embedding")
    of_model = names("detector", "windows", "model.safetensors")
    assert {"classical.detect.features.hog", "classical.detect.classifiers.linear_svm"} <= of_model
    assert "classical.weights" in names("detector", "viola_jones")
