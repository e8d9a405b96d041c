"""What a killed training of a channel cascade goes on from: one file, replaced as a whole after every round."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write

from .bootstrapping import ChannelProgress, ChannelRound
from .channel_cascade import ChannelCascade

STATE = "state.npz"


def save(folder: Path, facts: dict[str, Any], progress: ChannelProgress) -> None:
    """Write folder/state.npz, atomically. facts : command, settings and data of the training, as JSON holds them."""
    assert progress.cascade is not None
    about = {"facts": facts, "rounds": [asdict(one) for one in progress.rounds]}
    trees = progress.cascade.trees
    with atomic_write(folder / STATE) as file:
        np.savez(
            file,
            about=np.array(json.dumps(about)),
            negatives=progress.negatives,
            lambdas=progress.lambdas,
            features=trees.features,
            thresholds=trees.thresholds,
            leaves=trees.leaves,
        )


def load(folder: Path, facts: dict[str, Any]) -> ChannelProgress | None:
    """Read folder/state.npz; None where there is none.

    Raises UserError for a file that cannot be read, and for one of a training with other facts than these.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            trees = BoostedTrees(file["features"], file["thresholds"], file["leaves"])
            rounds = [ChannelRound(**one) for one in about["rounds"]]
            cascade = ChannelCascade(trees, file["lambdas"])
            progress = ChannelProgress(file["lambdas"], file["negatives"], cascade, rounds)
    except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
        raise UserError(f"{path}: is not the state of a training ({error!s:.200}); remove it to start anew") from error
    if about["facts"] != facts:
        raise UserError(f"{path}: is of a training with other settings or pictures; give another --out, or remove it")
    return progress
