"""By which stages vectors are made and compared: what has to be the same before one's scores mean what another's do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.component import Component
from eigen2arc.core.plugin_settings import plugin_settings
from eigen2arc.recognize.reading.encoder_identity import pattern_vector, same_encoder


@dataclass(frozen=True)
class Reading:
    """The stages of a pair's score.

    detector, aligner, matcher : tables of a name and the settings that are not their defaults. preprocessing : such
    tables. encoder : its name.
    pattern : the vector of a drawn pattern, see recognize.reading.encoder_identity, to six digits.
    """

    detector: dict[str, Any]
    aligner: dict[str, Any]
    preprocessing: list[dict[str, Any]]
    encoder: str
    matcher: dict[str, Any]
    pattern: list[float]

    @classmethod
    def of(
        cls,
        detector: Component,
        aligner: Component,
        encoder: Component,
        matcher: Component,
        preprocessing: Sequence[Component] = (),
    ) -> "Reading":
        """Describe stages; the encoder is built, and encodes the pattern. Raises ValueError for crops it refuses."""
        steps = [step.built for step in preprocessing]
        pattern = pattern_vector(encoder.built, steps, aligner.built.size_px)
        return cls(
            _table(detector),
            _table(aligner),
            [_table(step) for step in preprocessing],
            encoder.name,
            _table(matcher),
            [float(f"{value:.6g}") for value in pattern],
        )

    def difference(self, other: "Reading") -> str:
        """Say in what another reading differs, so that its scores may mean something else; "" for in nothing."""
        same = same_encoder(np.array(self.pattern, np.float32), np.array(other.pattern, np.float32))
        if not same:
            return "the encoder"
        stages = ("detector", "aligner", "preprocessing", "matcher")
        return next((f"the {name}" for name in stages if getattr(self, name) != getattr(other, name)), "")


def _table(component: Component) -> dict[str, Any]:
    """The name of a stage, and those settings that are not their defaults; the device only rounds otherwise."""
    default = {one.name: one.default for one in plugin_settings(component.kind, component.name)}
    changed = {key: value for key, value in component.settings.items() if value != default.get(key)}
    return {"name": component.name, **{key: value for key, value in changed.items() if key != "device"}}
