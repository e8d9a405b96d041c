"""A plug-in with its settings: one form for a suite, a command, a training's recipe and a plug-in inside another."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from . import plugins
from .artefacts import digest, file_digest
from .code_digest import code_digest
from .errors import UserError
from .stages import FittedEncoder

#: What counts of a folder: a training also leaves plots and curves in it.
WEIGHTS = (".safetensors", ".pt", ".onnx")

#: What of core an image goes through on its way to a plug-in: to an aligner comes the one face that was chosen.
BEFORE = {"detector": ("image",), "aligner": ("image", "pipeline")}


@dataclass(frozen=True)
class Component:
    """A plug-in of a kind, by its name, with settings; imported and built when it is first used, not before."""

    kind: str
    name: str
    settings: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, kind: str, given: Any, owner: str, key: str = "name") -> Self:
        """Read what a person wrote: a name, or a table of a name, under ``key``, and settings.

        Raises UserError, in the name of ``owner``, for anything else and for an unknown name or setting.
        """
        if isinstance(given, str):
            given = {key: given}
        if not isinstance(given, Mapping) or not isinstance(given.get(key), str):
            raise UserError(f'{owner}: expected a name, or a table with "{key}" and settings, got {given!r}')
        settings = copy.deepcopy(dict(given))
        name = settings.pop(key)
        try:
            plugins.find(kind, name, settings)
        except UserError as error:
            raise UserError(f"{owner}: {error}") from None
        return cls(kind, name, settings)

    def table(self) -> dict[str, Any]:
        """Return the name and the settings as one table, as parse() reads it."""
        return {"name": self.name, **self.settings}

    def with_defaults(self, **defaults: Any) -> Self:
        """Return a copy that has those of the defaults that the plug-in takes, are not None and are not set here."""
        usable = {k: v for k, v in defaults.items() if k in self.plugin.settings and v is not None}
        return type(self)(self.kind, self.name, usable | self.settings)

    @cached_property
    def plugin(self) -> plugins.Plugin:
        """What the plug-in's source shows."""
        return plugins.find(self.kind, self.name)

    @cached_property
    def built(self) -> Any:
        """The plug-in, built once."""
        return self.fresh()

    def fresh(self) -> Any:
        """Build a new instance, to be fitted. Raises UserError for a setting out of its range."""
        return plugins.build(self.kind, self.name, **self.settings)

    @cached_property
    def children(self) -> tuple["Component", ...]:
        """The encoders whose vectors it learns from, see ComposedEncoder; empty for all others and fitted ones."""
        composed = self.plugin.composed and "model" not in self.settings
        return tuple(self.built.children()) if composed else ()

    @cached_property
    def learns(self) -> bool:
        """Whether it has to be fitted: not with a fitted model, nor if it is made of others and none of them learns."""
        return "model" not in self.settings and (self.plugin.learns or any(child.learns for child in self.children))

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """The rooms that the plug-in and those of the same kind inside its settings live in."""
        known = plugins.plugins(self.kind)
        inside = [known[word].track for word in _words(self.settings) if word in known]
        return tuple(dict.fromkeys([self.plugin.track, *inside]))

    @cached_property
    def key(self) -> str:
        """A digest of the plug-in, its settings, the files they name, and its code: 32 hex digits.

        The device is left out: results are the same up to rounding.
        """
        code = code_digest(self.plugin.module, frozenset(_words(self.settings)))
        before = [code_digest(f"{__package__}.{module}") for module in BEFORE.get(self.kind, ())]
        return digest(self.kind, self.name, _content(self.settings), code, *before)


@runtime_checkable
class ComposedEncoder(FittedEncoder, Protocol):
    """An encoder made of others, its children, that learns from their vectors.

    fit(crops, labels) fits each child that learns, as if it stood alone, encodes sample(N) of the crops by every child,
    and calls fit_vectors. encode(crops) is combine([child.encode(crops) for each child]). Whoever fits it many times on
    parts of the same crops computes what the children make of them once.
    """

    def children(self) -> Sequence[Component]:
        """Return the encoders that it is made of; Component.learns says which of them have to be fitted."""
        ...

    def sample(self, images: int) -> np.ndarray:
        """Choose those of the training images that fit_vectors() needs: their indices (M,) int64, ascending."""
        ...

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "ComposedEncoder":
        """Learn from one (M, D_i) float32 per child, the vectors of the people ``labels`` (M,) int64; returns self."""
        ...

    def combine(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Combine the children's vectors, one (N, D_i) float32 per child, to (N, K) float32."""
        ...


def _words(settings: Any) -> Iterator[str]:
    """Yield all strings in a component's settings, in order; a plug-in inside another is named by one of them."""
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, Mapping | list):
        for value in settings.values() if isinstance(settings, Mapping) else settings:
            yield from _words(value)


def _content(value: Any) -> Any:
    """A setting with every path of a file, or of a folder of weights, replaced by the digest of its content."""
    if isinstance(value, Mapping):
        return {k: _content(v) for k, v in value.items() if k != "device"}
    if isinstance(value, list):
        return [_content(v) for v in value]
    if not isinstance(value, str) or not value:
        return value
    path = Path(value)
    if path.is_dir():
        weights = sorted(file for file in path.rglob("*") if file.suffix in WEIGHTS)
        return [[file.relative_to(path).as_posix(), file_digest(file)] for file in weights] or value
    return file_digest(path) if path.is_file() else value


def files_named(settings: Any) -> dict[str, str]:
    """Find the files that settings name, and those of weights in folders that they name: SHA-256 by path."""
    found: dict[str, str] = {}
    for word in filter(None, _words(settings)):
        path = Path(word)
        inside = sorted(file for file in path.rglob("*") if file.suffix in WEIGHTS) if path.is_dir() else []
        found |= {str(file): file_digest(file) for file in ([path] if path.is_file() else inside)}
    return found


def prefixed(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Add a component's prefix, "base.", to the names of its tensors, so that several fit into one file."""
    return {f"{prefix}{key}": value for key, value in tensors.items()}


def prefixed_shapes(shapes: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Add a component's prefix to the names in SHAPES, and to their letters, which say nothing about another's."""

    def own(size: str) -> str:
        return size if size.isdigit() or size == "_" else f"{prefix}{size}"

    return {f"{prefix}{key}": " ".join(map(own, pattern.split())) for key, pattern in shapes.items()}


def without_prefix(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Select the tensors of the component ``prefix``, under their own names."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
