"""The state from which a killed training of a cascade is resumed: one file, replaced as a whole after every stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.core.artefacts import read_arrays, write_arrays
from eigen2arc.core.errors import UserError

from .train_stage import Stage

STATE = "state.npz"


@dataclass
class TrainingState:
    """A training so far. metadata : settings, command and data of the run, as JSON holds them.

    stages : trained so far; records : what was measured of each. negatives : (n, S, S) uint8 windows that pass all
    stages so far. next_view : the first view of the backgrounds that was not searched. reason : why the training has
    ended, empty while it has not.
    """

    metadata: Mapping[str, Any]
    negatives: np.ndarray
    stages: list[Stage] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    next_view: int = 0
    reason: str = ""

    def save(self, folder: Path) -> None:
        """Write folder/state.npz, atomically."""
        about = {"facts": self.metadata, "records": self.records, "next_view": self.next_view, "reason": self.reason}
        arrays = {"about": np.array(json.dumps(about)), "negatives": self.negatives}
        for number, stage in enumerate(self.stages):
            trees = stage.trees
            arrays[f"features{number}"], arrays[f"splits{number}"] = trees.features, trees.thresholds
            arrays[f"leaves{number}"], arrays[f"threshold{number}"] = trees.leaves, np.array(stage.threshold)
        write_arrays(folder / STATE, arrays)

    @classmethod
    def load(cls, folder: Path) -> "TrainingState":
        """Read folder/state.npz. Raises UserError where there is none, or none that can be read."""
        path = folder / STATE
        if not path.exists():
            raise UserError(f"{folder}: there is no {STATE} to resume from; leave out --resume to start anew")
        try:
            arrays = read_arrays(path)
            about = json.loads(str(arrays["about"]))
            state = cls(about["facts"], arrays["negatives"], records=about["records"])
            state.next_view, state.reason = about["next_view"], about["reason"]
            for number, record in enumerate(state.records):
                parts = (arrays[f"{part}{number}"] for part in ("features", "splits", "leaves"))
                threshold = np.float32(arrays[f"threshold{number}"])
                rates = record["hit_rate"], record["false_alarm_rate"]
                state.stages.append(Stage(BoostedTrees(*parts), threshold, *rates, record["features_tried"]))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path}: is not the state of a training ({error!s:.200}); start anew elsewhere") from error
        return state
