"""The state from which a killed training of a cascade is resumed: one file, replaced as a whole after every stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.core.artefacts import read_arrays, write_arrays
from eigen2arc.core.bounds import Natural, NonNegative, fits
from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.settings import settings_of_file

from .settings import Settings
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
        except UserError as error:
            raise UserError(f"{error}; start anew elsewhere") from error
        with parsing(path, "is not the state of a training", "Start anew elsewhere"):
            about = json.loads(str(arrays["about"]))
            facts, records, next_view, reason = (about[key] for key in ("facts", "records", "next_view", "reason"))
            settings_of_file(Settings, facts["settings"], path)
            folders = [facts["data"][kind]["folders"] for kind in ("positives", "backgrounds")]
            if not all(fits(one, list[str]) for one in folders):
                raise ValueError("its folders of images are not named")
            if not fits(next_view, Natural) or not fits(reason, str):
                raise ValueError(f"next_view is {next_view!r:.60}, reason {reason!r:.60}")
            if (negatives := arrays["negatives"]).dtype != np.uint8:
                raise ValueError(f"negatives: expected uint8, got {negatives.dtype}")
            check_shape(negatives, "N S S", "negatives")
            state = cls(facts, negatives, records=records, next_view=next_view, reason=reason)
            for number, record in enumerate(records):
                features, splits, leaves = (arrays[f"{part}{number}"] for part in ("features", "splits", "leaves"))
                threshold = np.float32(arrays[f"threshold{number}"])
                rates = record["hit_rate"], record["false_alarm_rate"], record["features_tried"]
                if not all(fits(one, NonNegative) for one in rates) or features.dtype.kind != "i":
                    raise ValueError(f"stage {number + 1} is not one of a training")
                state.stages.append(Stage(BoostedTrees(features, splits, leaves), threshold, *rates))
        return state
