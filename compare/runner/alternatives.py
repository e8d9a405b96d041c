"""What may stand in place of a system's own stages, for an ablation: the table [ablate] of a suite."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError, did_you_mean

#: The stages of which one at a time is exchanged, but for detector and aligner, of which all pairs are run.
ABLATED = ("detector", "aligner", "preprocessing", "encoder")

#: The alternatives where a suite names none of a stage. The encoders are those of the suite's other systems.
DEFAULT: dict[str, list[Any]] = {
    "detector": [
        "mtcnn",
        "viola_jones",
        {"name": "retinaface", "weights": "{weights}/retinaface/mobilenet0.25_Final.pth"},
    ],
    "aligner": ["five_point", "eyes", "box"],
    "preprocessing": ["histogram_equalisation", "clahe", "gamma", "tan_triggs"],
    "systems": [],
}


@dataclass(frozen=True)
class Alternatives:
    """The alternatives of each stage, and the ids of the systems that they are tried in, of all where there are none.

    preprocessing : steps in their order; that there is none is an alternative without being named, and so are the
    faces as the set annotates them.
    """

    detector: tuple[Component, ...] = ()
    aligner: tuple[Component, ...] = ()
    preprocessing: tuple[tuple[Component, ...], ...] = ()
    systems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, table: Any, systems: Sequence[str], where: str) -> "Alternatives":
        """Read the table of a suite file. systems : the ids of all. Raises UserError, beginning with ``where``."""
        if not isinstance(table, dict):
            raise UserError(f"{where}: expected a table, got {table!r:.60}")
        for key, value in table.items():
            if key not in DEFAULT:
                raise UserError(f"{where}: unknown key {key!r}: it may hold {', '.join(DEFAULT)}")
            if not isinstance(value, list):
                raise UserError(f"{where}, {key}: expected a list, got {value!r:.60}")
        chosen = {key: table.get(key, DEFAULT[key]) for key in DEFAULT}
        for name in chosen["systems"]:
            if name not in systems:
                near = did_you_mean(str(name), systems)
                raise UserError(
                    f"{where}, systems: no system has the id {name!r}: {near}there are {', '.join(systems)}"
                )
        detector, aligner = (
            tuple(Component.parse(stage, one, f"{where}, {stage}") for one in chosen[stage])
            for stage in ("detector", "aligner")
        )
        steps = [one if isinstance(one, list) else [one] for one in chosen["preprocessing"]]
        preprocessing = tuple(
            tuple(Component.parse("preprocessing", step, f"{where}, preprocessing") for step in one) for one in steps
        )
        return cls(detector, aligner, preprocessing, tuple(chosen["systems"]))


NONE = Alternatives()


def stages_named(words: str) -> tuple[str, ...]:
    """Parse "detector,aligner" into stages of ABLATED, each once, in their order. Raises UserError for another word."""
    named = [word.strip() for word in words.split(",") if word.strip()]
    for word in named:
        if word not in ABLATED:
            near = did_you_mean(word, ABLATED)
            raise UserError(f"--ablate: no stage {word!r} is exchanged: {near}expected of {', '.join(ABLATED)}")
    if not named:
        raise UserError(f"--ablate: names no stage: expected some of {', '.join(ABLATED)}, with commas between")
    return tuple(stage for stage in ABLATED if stage in named)
