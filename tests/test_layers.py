"""The tree's rules, read from the sources: floors, no cycles, no loose modules, and folders that say what they are.

Every rule is a function from a tree to the lines that name its offenders, so that it can be tried on a tree with an
offender in it.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOP = "eigen2arc"

#: Each room with those below it.
ROOMS = {
    "core": (),
    "datasets": ("core",),
    "classical": ("core", "datasets"),
    "deep": ("core", "datasets"),
    "recognize": ("core", "datasets", "classical", "deep"),
    "compare": ("core", "datasets", "classical", "deep", "recognize"),
}

#: Inside a track: the floors from the lowest up. Folders on one floor never import each other.
FLOORS = {
    "classical": (("image", "weights", "estimators"), ("descriptors", "linear"), ("detect", "encode", "match")),
    "deep": (
        ("ops", "augment", "weights_io", "weights"),
        ("distributed",),
        ("engine",),
        ("detect", "encode"),
        ("deploy",),
    ),
    "recognize": (
        ("reading", "stores", "clusterers"),
        ("calibration",),
        ("gallery", "systems", "verification"),
        ("naming",),
    ),
}

#: Rooms that may have modules beside their folders, and which: None for any.
LOOSE = {"core": None, "compare": ("cli",)}

#: What a room must not load: torch belongs to deep, and core knows no library of learning.
NOT_IN = {
    "core": ("torch", "torchvision", "sklearn", "skimage", "onnxruntime", "matplotlib"),
    "datasets": ("torch", "torchvision", "sklearn", "onnxruntime", "matplotlib"),
    "classical": ("torch", "torchvision", "onnxruntime", "matplotlib"),
    "deep": ("sklearn", "matplotlib"),
}


@dataclass(frozen=True)
class Mechanism:
    """What is done in few places. calls : the functions that do it. homes : modules, or folders, that may call them."""

    what: str
    calls: frozenset[str]
    homes: tuple[str, ...]


#: A log that a child process writes into is no result: it is written as it comes.
LOGS = ("compare.gpu_check.__main__", "compare.benchmarks.gpu", "compare.benchmarks._section")

MECHANISMS = (
    Mechanism(
        "writes a file that a reader can see half of",
        frozenset({"open to write", ".write_text", ".write_bytes", "mkstemp", "NamedTemporaryFile", "fdopen"}),
        # Inputs that a fuzzer makes are read by nobody else, and by the thousand.
        ("core.files", "core.outputs", "compare.fuzzing.mutation", "compare.fuzzers", *LOGS),
    ),
    Mechanism(
        "keeps arrays in a file",
        frozenset({"savez", "savez_compressed"}),
        ("core.artefacts",),
    ),
    Mechanism(
        "keeps artefacts",
        frozenset({"Store"}),
        (
            *("compare.runner", "compare.data_tools", "compare.commands", "compare.fuzzers"),
            *("classical.encode.training", "deep.encode.data"),
        ),
    ),
    Mechanism("reads TOML", frozenset({"tomllib"}), ("core.settings",)),
    Mechanism(
        "parses settings",
        frozenset({"parse_settings"}),
        ("compare.runner.suite", "compare.commands", "compare.fuzzers"),
    ),
    # Both crash on files that users have. What the other homes give them, the project itself encoded, or OpenCV ships.
    Mechanism("decodes videos", frozenset({"av", "VideoCapture"}), ("core.video_decoder", "compare.fuzzers.videos")),
    Mechanism(
        "gives a file to OpenCV",
        frozenset({"imread", "imdecode", "CascadeClassifier", "readNet", "FaceDetectorYN", "FileStorage"}),
        ("datasets.generator.degrade", "classical.detect.channels.training.positives", "compare.benchmarks.cascade"),
    ),
    Mechanism("chooses one of several faces", frozenset({"choose_face"}), ("core.pipeline", "compare.data_tools.pack")),
)


@dataclass(frozen=True)
class Tree:
    """The sources below a folder that holds the rooms."""

    root: Path

    @cached_property
    def sources(self) -> dict[str, Path]:
        """Files by dotted name without the namespace: "core.image"; a package stands for its __init__."""
        paths = [path for room in ROOMS for path in sorted((self.root / room).rglob("*.py"))]
        return {".".join(p.relative_to(self.root).with_suffix("").parts).removesuffix(".__init__"): p for p in paths}

    @cached_property
    def packages(self) -> set[str]:
        return {name for name, path in self.sources.items() if path.name == "__init__.py"}

    def folder_of(self, name: str) -> str:
        """Return the package that a module stands in; a package stands in itself."""
        return name if name in self.packages else name.rpartition(".")[0]

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """By module: the project's modules and packages it imports, anywhere in it, without the namespace."""
        return {name: set(self._imports(name)) for name in self.sources}

    def _imports(self, name: str) -> list[str]:
        found = []
        for node in self.nodes[name]:
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            else:
                above = [TOP, *self.folder_of(name).split(".")]
                base = above[: len(above) - node.level + 1] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                targets = [f"{module}.{alias.name}" for alias in node.names]
            for target in targets:
                full = target.removeprefix(f"{TOP}.") if target.startswith(f"{TOP}.") else ""
                while full and full not in self.sources:
                    full = full.rpartition(".")[0]
                found += [full] if full else []
        return found

    def outside(self, name: str) -> set[str]:
        """Return the libraries a module imports by their top-level names."""
        nodes = self.nodes[name]
        plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        return plain | {(n.module or "").split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}

    @cached_property
    def _walked(self) -> dict[str, list[ast.AST]]:
        return {name: list(ast.walk(ast.parse(path.read_text("utf-8")))) for name, path in self.sources.items()}

    @cached_property
    def nodes(self) -> dict[str, list[ast.Import | ast.ImportFrom]]:
        """The import statements of each module."""
        return {
            name: [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
            for name, nodes in self._walked.items()
        }

    def calls(self, name: str) -> set[str]:
        """Return what a module calls: names, of a method with its dot, too; the libraries it imports are among them."""
        return self.outside(name) | {
            word for node in self._walked[name] if isinstance(node, ast.Call) for word in _called(node)
        }


def _called(call: ast.Call) -> set[str]:
    """The words for a call: {"savez", ".savez"} of np.savez(...), {"write_text"} of a function without an object."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    values = call.args + [keyword.value for keyword in call.keywords]
    modes = [node.value for node in values if isinstance(node, ast.Constant)]
    if name == "open" and {"fileobj", "force_zip64"} & {keyword.arg for keyword in call.keywords}:
        return set()  # an archive in a file that is open already, or a member of one
    if name == "open" and any(isinstance(mode, str) and re.fullmatch("[bt]?[wax+][bt+]*", mode) for mode in modes):
        return {"open to write"}
    return {name, f".{name}"} if isinstance(call.func, ast.Attribute) else {name}


def rooms_import_from_below(tree: Tree) -> list[str]:
    return [
        f"{name} imports {target}: {room_of(name)} is below {room_of(target)}"
        for name, targets in tree.imports.items()
        for target in sorted(targets)
        if room_of(target) not in (room_of(name), *ROOMS[room_of(name)])
    ]


def room_of(name: str) -> str:
    return name.split(".")[0]


def floors_hold_inside_a_track(tree: Tree) -> list[str]:
    level = {f"{room}.{f}": i for room, floors in FLOORS.items() for i, floor in enumerate(floors) for f in floor}
    found = []
    for name, targets in tree.imports.items():
        here = ".".join(name.split(".")[:2])
        for target in sorted(targets):
            there = ".".join(target.split(".")[:2])
            if room_of(name) == room_of(target) and here in level and there in level and here != there:
                if level[there] > level[here]:
                    found.append(f"{name} imports {target}, which stands on a floor above it")
                elif level[there] == level[here]:
                    found.append(f"{name} imports {target}: {here} and {there} never meet; move what both need down")
    return found


def every_folder_has_a_floor(tree: Tree) -> list[str]:
    known = {f"{room}.{folder}" for room, floors in FLOORS.items() for floor in floors for folder in floor}
    inside = {name for name in tree.packages if name.count(".") == 1 and room_of(name) in FLOORS}
    return [f"{name} stands on no floor: put it into FLOORS of this test" for name in sorted(inside - known)]


def no_folder_has_a_cycle(tree: Tree) -> list[str]:
    """Name, for every folder, those of its folders and modules that can be reached from themselves."""
    found = []
    for folder in ("", *sorted(tree.packages)):
        start = f"{folder}." if folder else ""
        arrows: dict[str, set[str]] = {}
        for name, targets in tree.imports.items():
            for target in targets:
                if name.startswith(start) and target.startswith(start):
                    here, there = (part[len(start) :].split(".")[0] for part in (name, target))
                    if here != there:
                        arrows.setdefault(here, set()).add(there)
        found += [f"{start}{node} imports itself by way of others" for node in sorted(arrows) if _returns(node, arrows)]
    return found


def _returns(node: str, arrows: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    waiting = [*arrows[node]]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += arrows.get(here, ())
    return node in seen


def no_loose_modules(tree: Tree) -> list[str]:
    """Name the modules that stand beside folders: a folder holds either modules or folders."""
    holding_folders = {name.rpartition(".")[0] for name in tree.packages}
    found = []
    for name in sorted(set(tree.sources) - tree.packages):
        folder, _, module = name.rpartition(".")
        allowed = LOOSE.get(folder, ())
        if folder in holding_folders and allowed is not None and module not in allowed:
            found.append(f"{name} stands beside folders: give it a folder, or move it into one of them")
    return found


def every_folder_says_what_it_is(tree: Tree) -> list[str]:
    """Name the folders whose ``__init__`` says nothing, or something else than the code, about what they import."""
    found = []
    for package in sorted(tree.packages):
        text = ast.get_docstring(ast.parse(tree.sources[package].read_text("utf-8"))) or ""
        said = re.search(r"^Imports ([^;]+?)\.$", text, re.MULTILINE)
        if not text.partition("\n")[0].endswith(".") or said is None:
            found.append(f"{package}: its docstring needs a sentence, and a line 'Imports core, {package}.x.'")
            continue
        names = set(said[1].replace("\n", " ").split(", ")) - {"nothing of the project"}
        real = imported_folders(tree, package)
        found += [f"{package} imports {name}; its docstring does not say so" for name in sorted(real - names)]
        found += [f"{package} says that it imports {name}, and does not" for name in sorted(names - real)]
    return found


def imported_folders(tree: Tree, package: str) -> set[str]:
    """Return what the modules of a folder import: other rooms by name, folders of the same room in full."""
    modules = [name for name in tree.sources if tree.folder_of(name) == package]
    folders = {tree.folder_of(target) for name in modules for target in tree.imports[name]} - {package}
    return {folder if room_of(folder) == room_of(package) else room_of(folder) for folder in folders}


def only_training_reads_data_sets(tree: Tree) -> list[str]:
    """Name what reads data sets in a track and is neither training nor its data: the rest gets arrays."""
    return [
        f"{name} imports {target}: only training reads data sets"
        for name, targets in tree.imports.items()
        for target in sorted(targets)
        if room_of(name) in ("classical", "deep")
        and room_of(target) == "datasets"
        and not {"training", "trainers", "data"} & set(name.split("."))
        and not name.rpartition(".")[2].startswith("train")
    ]


def libraries_stay_in_their_rooms(tree: Tree) -> list[str]:
    return [
        f"{name} imports {library}, which {room_of(name)} does without"
        for name in tree.sources
        for library in sorted(tree.outside(name) & set(NOT_IN.get(room_of(name), ())))
    ]


def the_report_reads_files_only(tree: Tree) -> list[str]:
    return [
        f"{name} imports {target}: the report is made of files, without models and images"
        for name, targets in tree.imports.items()
        for target in sorted(targets)
        if name.startswith("compare.report.") and not target.startswith(("core", "compare.report"))
    ]


def the_tests_mirror_the_tree(tree: Tree) -> list[str]:
    """Name the folders of tests that mirror no folder; contracts loop over plug-ins of all of them."""
    folders = {path.parent.relative_to(tree.root / "tests") for path in (tree.root / "tests").rglob("test_*.py")}
    return [
        f"tests/{folder} mirrors no folder of the tree"
        for folder in sorted(map(Path.as_posix, folders))
        if folder not in (".", "contracts") and folder.replace("/", ".") not in tree.packages
    ]


def each_mechanism_has_its_homes(tree: Tree) -> list[str]:
    """Name what writes files, keeps artefacts, reads settings or chooses faces beside those that do it for all."""
    return [
        f"{name} {mechanism.what} ({', '.join(sorted(found))}): that is for {', '.join(mechanism.homes)}"
        for mechanism in MECHANISMS
        for name in tree.sources
        if (found := tree.calls(name) & mechanism.calls)
        and not any(f"{name}.".startswith(f"{home}.") for home in mechanism.homes)
    ]


RULES: list[Callable[[Tree], list[str]]] = [
    rooms_import_from_below,
    floors_hold_inside_a_track,
    every_folder_has_a_floor,
    no_folder_has_a_cycle,
    no_loose_modules,
    every_folder_says_what_it_is,
    only_training_reads_data_sets,
    libraries_stay_in_their_rooms,
    the_report_reads_files_only,
    the_tests_mirror_the_tree,
    each_mechanism_has_its_homes,
]


@pytest.fixture(scope="session")
def tree() -> Tree:
    return Tree(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Callable[[Tree], list[str]], tree: Tree) -> None:
    offenders = rule(tree)
    assert not offenders, "\n" + "\n".join(offenders)


#: An offender a line: the rule, files of a tree, and what has to be named.
OFFENDERS = [
    (rooms_import_from_below, {"core/a.py": "from eigen2arc.deep.ops import nms"}, "core.a imports deep"),
    (rooms_import_from_below, {"deep/ops/a.py": "import eigen2arc.classical.image.b"}, "deep.ops.a imports classical"),
    (
        rooms_import_from_below,
        {"classical/a/b.py": "def f():\n    from ...compare import cli"},
        "classical.a.b imports",
    ),
    (
        floors_hold_inside_a_track,
        {"classical/encode/e.py": "from ..detect.d import x", "classical/detect/d.py": ""},
        "classical.encode.e imports classical.detect.d: classical.encode and classical.detect never meet",
    ),
    (
        floors_hold_inside_a_track,
        {"deep/ops/o.py": "from eigen2arc.deep.engine import loop", "deep/engine/loop.py": ""},
        "deep.ops.o imports deep.engine.loop, which stands on a floor above",
    ),
    (every_folder_has_a_floor, {"deep/attic/x.py": ""}, "deep.attic stands on no floor"),
    (
        no_folder_has_a_cycle,
        {"deep/detect/a/x.py": "from ..b import y", "deep/detect/b/y.py": "from ..a import x"},
        "deep.detect.a imports itself",
    ),
    (no_folder_has_a_cycle, {"core/x.py": "from .y import f", "core/y.py": "from . import x"}, "core.x imports itself"),
    (no_loose_modules, {"deep/ops/a.py": "", "deep/loose.py": ""}, "deep.loose stands beside folders"),
    (
        no_loose_modules,
        {"compare/runner/a.py": "", "compare/cli.py": "", "compare/b.py": ""},
        "compare.b stands beside",
    ),
    (every_folder_says_what_it_is, {"deep/ops/a.py": ""}, "deep.ops: its docstring needs a sentence"),
    (
        every_folder_says_what_it_is,
        {"core/__init__.py": '"""Core.\n\nImports core.x.\n"""', "core/x/y.py": ""},
        "core says that it imports core.x, and does not",
    ),
    (
        every_folder_says_what_it_is,
        {
            "core/__init__.py": '"""Core.\n\nImports nothing of the project.\n"""',
            "core/a.py": "import eigen2arc.core.x.y",
        },
        "core imports core.x; its docstring does not say so",
    ),
    (
        only_training_reads_data_sets,
        {"deep/ops/a.py": "from eigen2arc.datasets import lfw", "datasets/lfw.py": ""},
        "deep.ops.a imports datasets.lfw",
    ),
    (libraries_stay_in_their_rooms, {"classical/image/a.py": "def f():\n    import torch.nn"}, "imports torch"),
    (
        the_report_reads_files_only,
        {"compare/report/a.py": "from eigen2arc.deep import x"},
        "compare.report.a imports deep",
    ),
    (
        each_mechanism_has_its_homes,
        {"deep/ops/a.py": "from pathlib import Path\nPath('a').write_text('half')"},
        "deep.ops.a writes a file that a reader can see half of (.write_text)",
    ),
    (each_mechanism_has_its_homes, {"deep/ops/a.py": "with open('a', 'wb') as f: pass"}, "(open to write)"),
    (each_mechanism_has_its_homes, {"deep/ops/a.py": "import numpy as np\nnp.savez(f, a=1)"}, "keeps arrays"),
    (each_mechanism_has_its_homes, {"datasets/a/b.py": "store = Store(out)"}, "datasets.a.b keeps artefacts"),
    (each_mechanism_has_its_homes, {"deep/ops/a.py": "import tomllib"}, "deep.ops.a reads TOML"),
    (each_mechanism_has_its_homes, {"core/a.py": "def f():\n    import av"}, "core.a decodes videos (av)"),
    (each_mechanism_has_its_homes, {"deep/ops/a.py": "cv2.imread('a')"}, "deep.ops.a gives a file to OpenCV"),
    (each_mechanism_has_its_homes, {"deep/ops/a.py": "parse_settings(pairs)"}, "deep.ops.a parses settings"),
    (each_mechanism_has_its_homes, {"classical/a/b.py": "choose_face(faces)"}, "classical.a.b chooses one of several"),
]


@pytest.mark.parametrize(("rule", "made", "named"), OFFENDERS, ids=lambda value: getattr(value, "__name__", ""))
def test_an_offender_is_named(
    rule: Callable[[Tree], list[str]], made: dict[str, str], named: str, tmp_path: Path
) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    (tmp_path / "core" / "x").mkdir()
    (tmp_path / "core" / "x" / "__init__.py").touch()
    for name, text in made.items():
        path = tmp_path / name
        for folder in [*path.relative_to(tmp_path).parents][-2::-1]:
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / "__init__.py").touch()
        path.write_text(text, "utf-8")
    assert any(named in line for line in rule(Tree(tmp_path))), rule(Tree(tmp_path))


@pytest.mark.parametrize("command", ["--help", "list", "list loss margin", "compare --help", "deep --help"])
def test_help_and_list_load_nothing_heavy(command: str) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['eigen2arc', *{command.split()}]\n"
        "from eigen2arc.compare.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = {'torch', 'sklearn', 'numba', 'matplotlib', 'onnxruntime', 'pooch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
