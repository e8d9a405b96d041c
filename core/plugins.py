"""The folder is the registry: a plug-in is a file with a top-level ``build`` in the folder of its kind.

``build`` is a function of keyword-only settings; or the plug-in's class, where there is nothing to do but to call it:
``build = CLAHE``; or, for one that learns, ``build = or_fitted(Eigenfaces)``, which also takes ``model``, the file of a
fitted one. Listing reads the sources without importing them, so `eigen2arc list` loads no torch, and a broken
plug-in does not take the others down.
"""

import ast
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, overload

from .bounds import check_settings
from .errors import UserError, did_you_mean
from .stages import Aligner, Clusterer, Detector, Encoder, Identifier, Matcher, Preprocessing, Projection, Trainer
from .types import Dataset

#: kind -> the packages that hold its plug-ins
KINDS: dict[str, tuple[str, ...]] = {
    "dataset": ("eigen2arc.datasets.readers",),
    "detector": (
        "eigen2arc.classical.detect.detectors",
        "eigen2arc.deep.detect.detectors",
        "eigen2arc.compare.peers.detectors",
    ),
    "aligner": ("eigen2arc.core.aligners", "eigen2arc.compare.peers.aligners"),
    "preprocessing": ("eigen2arc.core.preprocessing",),
    "encoder": (
        "eigen2arc.classical.encode.encoders",
        "eigen2arc.deep.encode.encoders",
        "eigen2arc.compare.peers.encoders",
    ),
    "projection": ("eigen2arc.classical.encode.projections",),
    "matcher": ("eigen2arc.core.matchers", "eigen2arc.classical.match.matchers"),
    "identifier": ("eigen2arc.classical.match.identifiers",),
    "clusterer": ("eigen2arc.recognize.clusterers",),
    "proposal": ("eigen2arc.classical.detect.proposals",),
    "feature": ("eigen2arc.classical.detect.features",),
    "classifier": ("eigen2arc.classical.detect.classifiers",),
    "boosting": ("eigen2arc.classical.detect.boosting",),
    "backbone": ("eigen2arc.deep.encode.backbones",),
    "loss": ("eigen2arc.deep.encode.losses",),
    "miner": ("eigen2arc.deep.encode.miners",),
    "sampler": ("eigen2arc.deep.encode.samplers",),
    "detector_network": ("eigen2arc.deep.detect.single_shot.networks",),
    "trainer": ("eigen2arc.deep.detect.trainers",),
    "stress": ("eigen2arc.datasets.stresses",),
    "benchmark": ("eigen2arc.compare.benchmarks",),
    "peer": ("eigen2arc.compare.peers.races",),
    "explainer": ("eigen2arc.compare.explainers",),
    "fuzzer": ("eigen2arc.compare.fuzzers",),
}


@dataclass(frozen=True)
class Plugin:
    """A plug-in as its source shows it: what can be said of it without importing it.

    name : of its file. package : that it lies in. summary : the docstring's first line. settings : the arguments of
    build. learns : whether it has a method fit, or, if it is composed, fit_vectors. composed : whether it has a method
    children, as an encoder that is made of others.
    """

    name: str
    package: str
    summary: str
    settings: tuple[str, ...]
    learns: bool
    composed: bool

    @property
    def module(self) -> str:
        return f"{self.package}.{self.name}"

    @property
    def track(self) -> str:
        """The room it lives in: "classical", "deep", "core", "recognize" ...; "peer" for another library's."""
        return "peer" if ".peers." in self.package else self.package.split(".")[1]


@dataclass(frozen=True)
class Argument:
    """A setting as the source of ``build`` has it: what is None there is not given."""

    name: str
    annotation: ast.expr | None
    default: ast.expr | None


def arguments(tree: ast.Module) -> tuple[str, list[Argument]] | None:
    """Return the docstring and the arguments of the ``build`` of a plug-in's source; None where there is none.

    A class has those of its ``__init__``, or the fields of a dataclass.
    """
    for node in tree.body:
        match node:
            case ast.FunctionDef(name="build"):
                return ast.get_docstring(node) or "", _of_function(node)
            case ast.Assign(targets=[ast.Name(id="build")], value=ast.Name(id=name)):
                return _of_class(tree, name)
            case ast.Assign(targets=[ast.Name(id="build")], value=ast.Call(args=[ast.Name(id=name)])):
                docstring, own = _of_class(tree, name)
                return docstring, [*own, MODEL]
    return None


#: What or_fitted adds to the settings of a class.
MODEL = Argument("model", *(ast.parse(text, mode="eval").body for text in ("Path | str | None", "None")))


def _of_class(tree: ast.Module, name: str) -> tuple[str, list[Argument]]:
    made = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    inits = [n for n in made.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    return ast.get_docstring(made) or "", _of_function(inits[0]) if inits else _of_fields(made)


def _of_function(function: ast.FunctionDef) -> list[Argument]:
    given, named = function.args, function.args.args
    defaults = [None] * (len(named) - len(given.defaults)) + given.defaults + given.kw_defaults
    both = zip(named + given.kwonlyargs, defaults, strict=True)
    return [Argument(a.arg, a.annotation, default) for a, default in both if a.arg != "self"]


def _of_fields(made: ast.ClassDef) -> list[Argument]:
    fields = [n for n in made.body if isinstance(n, ast.AnnAssign) and "ClassVar" not in ast.unparse(n.annotation)]
    return [Argument(ast.unparse(field.target), field.annotation, field.value) for field in fields]


@cache
def _read(package: str, name: str, source: str) -> Plugin | None:
    tree = ast.parse(source)
    build = arguments(tree)
    if build is None:
        return None
    summary = (ast.get_docstring(tree) or "").partition("\n")[0]
    methods = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    composed = "children" in methods
    learns = ("fit_vectors" if composed else "fit") in methods
    return Plugin(name, package, summary, tuple(argument.name for argument in build[1]), learns, composed)


def plugins(kind: str) -> dict[str, Plugin]:
    """List all plug-ins of a kind (a key of KINDS) by name, in the order of their packages, then of their names."""
    found: dict[str, Plugin] = {}
    for package in KINDS[kind]:
        for entry in sorted(files(package).iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".py") and not entry.name.startswith("_"):
                plugin = _read(package, entry.name.removesuffix(".py"), entry.read_text("utf-8"))
                if plugin is not None:
                    found[plugin.name] = plugin
    return found


def find(kind: str, name: str, settings: Iterable[str] = ()) -> Plugin:
    """Find the plug-in of that kind and name, and check that it has these settings.

    Raises UserError for an unknown name or setting, naming the nearest one and what is accepted.
    """
    found = plugins(kind)
    if name not in found:
        raise UserError(f"no {kind} is called {name!r}: {did_you_mean(name, found)}there are {', '.join(found)}")
    plugin = found[name]
    for setting in settings:
        if setting not in plugin.settings:
            near = did_you_mean(setting, plugin.settings)
            accepted = ", ".join(plugin.settings) or "none"
            raise UserError(f"{kind} {name} has no setting {setting!r}: {near}it accepts {accepted}")
    return plugin


@overload
def build(kind: Literal["dataset"], name: str, **settings: Any) -> Dataset: ...
@overload
def build(kind: Literal["detector"], name: str, **settings: Any) -> Detector: ...
@overload
def build(kind: Literal["aligner"], name: str, **settings: Any) -> Aligner: ...
@overload
def build(kind: Literal["preprocessing"], name: str, **settings: Any) -> Preprocessing: ...
@overload
def build(kind: Literal["encoder"], name: str, **settings: Any) -> Encoder: ...
@overload
def build(kind: Literal["projection"], name: str, **settings: Any) -> Projection: ...
@overload
def build(kind: Literal["matcher"], name: str, **settings: Any) -> Matcher: ...
@overload
def build(kind: Literal["identifier"], name: str, **settings: Any) -> Identifier: ...
@overload
def build(kind: Literal["clusterer"], name: str, **settings: Any) -> Clusterer: ...
@overload
def build(kind: Literal["trainer"], name: str, **settings: Any) -> Trainer: ...
@overload
def build(kind: str, name: str, **settings: Any) -> Any: ...
def build(kind: str, name: str, **settings: Any) -> Any:
    """Build a plug-in: import that one file and call its ``build(**settings)``.

    Returns what the contract of its kind says, see core.stages. Raises UserError for an unknown name or setting, naming
    the nearest one and what is accepted, and for a value that the annotations of ``build`` do not allow.
    """
    function = importlib.import_module(find(kind, name, settings).module).build
    required = [
        key for key, p in inspect.signature(function).parameters.items() if p.default is p.empty and key not in settings
    ]
    if required:
        raise UserError(f"{kind} {name} needs the setting {required[0]!r}")
    check_settings(settings, function, name)
    return function(**settings)
