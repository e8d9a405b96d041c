"""A plug-in as a suite chooses it: built when it is first used, and named after all that its results depend on."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from eigen2arc.core import plugin_digest, plugins
from eigen2arc.core.stages import FusedEncoder, StagedEncoder

from .suite import Choice


class Component:
    """A plug-in of a suite, imported and built when it is first used: a rerun that finds all artefacts loads none."""

    def __init__(self, kind: str, choice: Choice, defaults: dict[str, Any]) -> None:
        self.kind = kind
        self.plugin = plugins.find(kind, choice.name)
        usable = {k: v for k, v in defaults.items() if k in self.plugin.settings and v is not None}
        self.settings = usable | choice.settings

    @property
    def learns(self) -> bool:
        """Whether the plug-in has to be fitted; one that is given a fitted model does not."""
        return self.plugin.learns and "model" not in self.settings

    @cached_property
    def built(self) -> Any:
        return self.fresh()

    def fresh(self) -> Any:
        """Build a new instance, to be fitted."""
        return plugins.build(self.kind, self.plugin.name, **self.settings)

    @cached_property
    def bases(self) -> tuple[Choice, ...]:
        """The encoders whose vectors the plug-in learns from, see core.stages.StagedEncoder; empty for all others."""
        return _choices(self.built.bases) if self.learns and isinstance(self.built, StagedEncoder) else ()

    @cached_property
    def members(self) -> tuple[Choice, ...]:
        """The encoders that the plug-in is made of, see core.stages.FusedEncoder; empty for all others."""
        return _choices(self.built.tables) if self.learns and isinstance(self.built, FusedEncoder) else ()

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """The rooms that the plug-in and those of the same kind inside its settings live in."""
        return plugin_digest.tracks(self.kind, self.plugin.name, self.settings)

    @cached_property
    def key(self) -> str:
        """A digest of the plug-in, its settings, the files they name, and its code. The device is left out."""
        return plugin_digest.plugin_digest(self.kind, self.plugin.name, self.settings)


def _choices(tables: Sequence[dict[str, Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(table["name"], {k: v for k, v in table.items() if k != "name"}) for table in tables)
