"""Training the channel detector, from folders of pictures to a model file: safe to be killed, and to go on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eigen2arc.classical.detect.cascade.training.results import described
from eigen2arc.core.files import write_json
from eigen2arc.core.image import find_images, read, to_grey
from eigen2arc.core.progress import progress_bars

from . import model as channel_model
from . import training_state as channel_training_state
from .bootstrapping import ChannelRecipe, next_round, start
from .mosaics import mosaics
from .negatives import Photograph
from .samples import varied
from .train_people import synthetic_crops
from .window_features import CROP_PX

#: Streams of random numbers; the rounds have those from 0 on.
POSITIVES, MOSAICS = 1_000, 1_001


@dataclass(frozen=True)
class ChannelFaces:
    """copies : of each crop and of its mirror image, all moved and degraded differently.

    people : synthetic ones, each turned another way in PICTURES_OF_EACH pictures; synthetic_weight : what one of these
    counts beside a real one. mosaics : pictures put together from the crops, searched for false alarms, too.
    """

    copies: int = 3
    people: int = 750
    synthetic_weight: float = 0.3
    mosaics: int = 150


def train_channels(
    positives: Sequence[Path],
    backgrounds: Sequence[Path],
    faces: ChannelFaces,
    recipe: ChannelRecipe,
    out: Path,
    command: str,
) -> dict[str, Any]:
    """Train, and write ``out``/model.safetensors and ``out``/training.json; returns what is in the latter.

    positives : folders of face crops, framed as window_features.py says. backgrounds : folders of photographs without a
    face. Where ``out`` holds a state of the same training, it goes on from there, with the same result as if it had
    never been stopped. Raises UserError.
    """
    data = {"positives": [str(path) for path in positives], "backgrounds": [str(path) for path in backgrounds]}
    facts: dict[str, Any] = {
        "command": command,
        "faces": asdict(faces),
        "recipe": {**asdict(recipe), "trees": list(recipe.trees)},
        "data": {
            kind: {**part, "folders": [Path(f).name for f in part["folders"]]} for kind, part in described(data).items()
        },
    }
    progress = channel_training_state.load(out, facts)
    real = np.stack([_framed(path) for path in find_images(list(positives))])
    photographs = [Photograph(to_grey(read(path))) for path in find_images(list(backgrounds))]
    photographs += mosaics(real, faces.mosaics, np.random.default_rng([recipe.seed, MOSAICS]))
    crops, weights = _positives(real, faces, np.random.default_rng([recipe.seed, POSITIVES]))
    progress = progress or start(photographs, recipe)
    for number in range(len(progress.rounds), len(recipe.trees)):
        with progress_bars() as bars:
            task = bars.add_task(f"round {number + 1} of {len(recipe.trees)}", total=None)
            next_round(progress, crops, weights, photographs, recipe, partial(bars.advance, task))
        channel_training_state.save(out, facts, progress)
    assert progress.cascade is not None
    channel_model.save(out / "model.safetensors", progress.cascade)
    record = {
        **facts,
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
    """A picture of a face as a crop (36, 36)."""
    grey = to_grey(read(path))
    return np.asarray(cv2.resize(grey, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA))
