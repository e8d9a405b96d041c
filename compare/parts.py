"""A plug-in as a suite chooses it: built when it is first used, and named after all that its results depend on."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from eigen2arc.core import plugins
from eigen2arc.core.stages import StagedEncoder

from .artefacts import code_version, digest, file_digest
from .suite import Choice


class Part:
    """A plug-in of a suite, imported and built when it is first used: a rerun that finds all artefacts loads none."""

    def __init__(self, kind: str, choice: Choice, defaults: dict[str, Any]) -> None:
        self.kind = kind
        self.plugin = plugins.find(kind, choice.name)
        usable = {k: v for k, v in defaults.items() if k in self.plugin.settings and v is not None}
        self.settings = usable | choice.settings

    @property
    def learns(self) -> bool:
        """Whether it has to be fitted; one that is given a fitted model does not."""
        return self.plugin.learns and "model" not in self.settings

    @cached_property
    def built(self) -> Any:
        return self.fresh()

    def fresh(self) -> Any:
        """A new one, to be fitted."""
        return plugins.build(self.kind, self.plugin.name, **self.settings)

    @cached_property
    def bases(self) -> tuple[Choice, ...]:
        """The encoders whose vectors it learns from, see core.stages.StagedEncoder; none for all others."""
        if not self.learns or not isinstance(self.built, StagedEncoder):
            return ()
        return tuple(Choice(base["name"], {k: v for k, v in base.items() if k != "name"}) for base in self.built.bases)

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """The rooms that it and the plug-ins of the same kind inside its settings live in."""
        known = plugins.plugins(self.kind)
        inside = [known[word].track for word in _words(self.settings) if word in known]
        return tuple(dict.fromkeys([self.plugin.track, *inside]))

    @cached_property
    def key(self) -> str:
        """A digest of the plug-in, its settings, the files they name, and its code. The device is left out."""
        settings = {k: _content(v) for k, v in self.settings.items() if k != "device"}
        return digest(self.kind, self.plugin.name, settings, *[code_version(room) for room in self.tracks])


def _words(settings: Any) -> Iterator[str]:
    """All strings in a part's settings, in order; a plug-in inside another is named by one of them."""
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, dict | list):
        for value in settings.values() if isinstance(settings, dict) else settings:
            yield from _words(value)


def _content(value: Any) -> Any:
    """A setting with every path of a file replaced by the digest of its content."""
    if isinstance(value, dict):
        return {k: _content(v) for k, v in value.items() if k != "device"}
    if isinstance(value, list):
        return [_content(v) for v in value]
    return file_digest(Path(value)) if isinstance(value, str) and value and Path(value).is_file() else value
