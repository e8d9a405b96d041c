"""A name for what a plug-in with its settings would do: it changes with the settings, the files they name, the code."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import plugins
from .artefacts import digest, file_digest
from .code_digest import code_digest

#: What counts of a folder: a training also leaves plots and curves in it.
WEIGHTS = (".safetensors", ".pt")

#: What an image goes through on its way to a plug-in: to an aligner comes the one face that was chosen.
BEFORE = {"detector": ("eigen2arc.core.image",), "aligner": ("eigen2arc.core.image", "eigen2arc.core.pipeline")}


def plugin_digest(kind: str, name: str, settings: Mapping[str, Any]) -> str:
    """Compute the digest of a plug-in with its settings, 32 hex digits.

    The device is left out: results are the same up to rounding.
    """
    counted = {k: _content(v) for k, v in settings.items() if k != "device"}
    code = code_digest(plugins.find(kind, name).module, frozenset(_words(settings)))
    return digest(kind, name, counted, code, *[code_digest(module) for module in BEFORE.get(kind, ())])


def tracks(kind: str, name: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """List the rooms that the plug-in and those of the same kind inside its settings live in."""
    known = plugins.plugins(kind)
    inside = [known[word].track for word in _words(settings) if word in known]
    return tuple(dict.fromkeys([plugins.find(kind, name).track, *inside]))


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
