"""Training the channel detector, from folders of images to a model file: a killed training is resumed.

What it is resumed from is one file, replaced as a whole after every round.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.classical.detect.cascade.training.data_digest import digest_folders
from eigen2arc.classical.detect.channels.engine.channel_cascade import ChannelCascade, save_channel_cascade
from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX
from eigen2arc.classical.detect.channels.training.bootstrapping import (
    ChannelProgress,
    ChannelRecipe,
    ChannelRound,
    next_round,
    start,
)
from eigen2arc.classical.detect.channels.training.negatives import Photograph, mosaics
from eigen2arc.classical.detect.channels.training.positives import synthetic_crops, varied
from eigen2arc.core.artefacts import read_arrays, write_arrays
from eigen2arc.core.bounds import Ge, Le, Positive
from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import write_json
from eigen2arc.core.image import read, to_grey
from eigen2arc.core.image_folder import find_images
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.settings import settings_of_file

#: The file that a killed training is resumed from.
STATE = "state.npz"

#: Streams of random numbers; the rounds have those from 0 on.
POSITIVES, MOSAICS = 1_000, 1_001


@dataclass(frozen=True)
class ChannelFaces:
    """The settings of a training's faces.

    copies : of each crop and of its mirror image, all moved and degraded differently.

    people : synthetic ones, each turned another way in IMAGES_OF_EACH images; synthetic_weight : what one of these
    counts next to a real one. mosaics : images put together from the crops, searched for false alarms, too.
    """

    copies: Annotated[int, Ge(1), Le(1000)] = 3
    people: Annotated[int, Ge(1), Le(1_000_000)] = 750
    synthetic_weight: Positive = 0.3
    mosaics: Annotated[int, Ge(0), Le(100_000)] = 150


def train_channels(
    positives: Sequence[Path],
    backgrounds: Sequence[Path],
    faces: ChannelFaces,
    recipe: ChannelRecipe,
    out: Path,
    command: str,
) -> dict[str, Any]:
    """Train the channel detector, and write ``out``/model.safetensors and ``out``/training.json.

    positives : folders of face crops, framed as window_features.py says. backgrounds : folders of photographs without a
    face. Where ``out`` holds a state of the same training, it resumes from there, with the same result as if it had
    never been stopped. Returns what training.json holds. Raises UserError.
    """
    data = {"positives": [str(path) for path in positives], "backgrounds": [str(path) for path in backgrounds]}
    metadata: dict[str, Any] = {
        "command": command,
        "faces": asdict(faces),
        "recipe": {**asdict(recipe), "trees": list(recipe.trees)},
        "data": {
            kind: {**part, "folders": [Path(f).name for f in part["folders"]]}
            for kind, part in digest_folders(data).items()
        },
    }
    progress = load_state(out, metadata)
    real = np.stack([_framed(path) for path in find_images(list(positives))])
    photographs = [Photograph(to_grey(read(path))) for path in find_images(list(backgrounds))]
    photographs += mosaics(real, faces.mosaics, np.random.default_rng([recipe.seed, MOSAICS]))
    crops, weights = _positives(real, faces, np.random.default_rng([recipe.seed, POSITIVES]))
    progress = progress or start(photographs, recipe)
    for number in range(len(progress.rounds), len(recipe.trees)):
        with progress_bars() as bars:
            task = bars.add_task(f"round {number + 1} of {len(recipe.trees)}", total=None)
            next_round(progress, crops, weights, photographs, recipe, partial(bars.advance, task))
        save_state(out, metadata, progress)
    assert progress.cascade is not None
    save_channel_cascade(out / "model.safetensors", progress.cascade)
    record = {
        **metadata,
        "lambdas": progress.lambdas.round(4).tolist(),
        "rounds": [asdict(one) for one in progress.rounds],
    }
    write_json(out / "training.json", record)
    return record


def _positives(real: np.ndarray, faces: ChannelFaces, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(P, 36, 36) uint8 crops, the real ones first, and what each counts (P,)."""
    copies, drawn = varied(real, faces.copies, rng), synthetic_crops(faces.people, rng)
    weights = np.repeat([1.0, faces.synthetic_weight], [len(copies), len(drawn)])
    return np.concatenate([copies, drawn]), weights


def _framed(path: Path) -> np.ndarray:
    """Read an image of a face as a crop (36, 36)."""
    grey = to_grey(read(path))
    return np.asarray(cv2.resize(grey, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA))


def save_state(folder: Path, metadata: dict[str, Any], progress: ChannelProgress) -> None:
    """Write folder/state.npz, atomically. metadata : command, settings and data of the training, as JSON holds them."""
    assert progress.cascade is not None
    about = {"facts": metadata, "rounds": [asdict(one) for one in progress.rounds]}
    trees = progress.cascade.trees
    arrays = {
        "about": np.array(json.dumps(about)),
        "negatives": progress.negatives,
        "lambdas": progress.lambdas,
        "features": trees.features,
        "thresholds": trees.thresholds,
        "leaves": trees.leaves,
    }
    write_arrays(folder / STATE, arrays)


def load_state(folder: Path, metadata: dict[str, Any]) -> ChannelProgress | None:
    """Read folder/state.npz; None where there is none.

    Raises UserError for a file that cannot be read, and for one of a training with other metadata than this.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
    except UserError as error:
        raise UserError(f"{error}; remove it to start anew") from error
    with parsing(path, "is not the state of a training", "Remove it to start anew"):
        about = json.loads(str(arrays["about"]))
        rounds = [settings_of_file(ChannelRound, one, path) for one in about["rounds"]]
        if arrays["features"].dtype.kind != "i" or arrays["negatives"].dtype != np.uint8:
            raise ValueError(f"features of {arrays['features'].dtype}, negatives of {arrays['negatives'].dtype}")
        check_shape(arrays["negatives"], f"N {CROP_PX} {CROP_PX}", "negatives")
        cascade = ChannelCascade(
            BoostedTrees(arrays["features"], arrays["thresholds"], arrays["leaves"]), arrays["lambdas"]
        )
        progress = ChannelProgress(arrays["lambdas"], arrays["negatives"], cascade, rounds)
        facts = about["facts"]
    if facts != metadata:
        raise UserError(f"{path}: is of a training with other settings or images; give another --out, or remove it")
    return progress
