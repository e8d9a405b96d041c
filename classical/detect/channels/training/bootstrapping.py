"""Training a channel cascade: rounds of boosting, each on the false alarms of the one before as well.

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection", TPAMI 36(8), 2014,
section 6.1: 32, 128, 512 and more trees in turn, each forest grown anew. Their trees have depth 2; deeper ones tell
the views of a face apart, so that one forest does for faces turned either way (S. Liao, A. Jain, S. Li, "A Fast and
Accurate Unconstrained Face Detector", TPAMI 38(2), 2016, section 4).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from eigen2arc.classical.detect.boosting.adaboost import MAX_DEPTH, AdaBoost
from eigen2arc.classical.detect.boosting.binning import Binned
from eigen2arc.classical.detect.channels.engine.channel_cascade import ChannelCascade
from eigen2arc.classical.detect.channels.engine.fast_feature_pyramid import estimate_lambdas
from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, window_features
from eigen2arc.classical.detect.channels.training.negatives import Photograph, hard_crops, random_crops
from eigen2arc.core import plugins
from eigen2arc.core.bounds import Count, Ge, Gt, Le, Length, Seed

#: Of the photographs, one in so many tells how channels change with the scale.
LAMBDA_EVERY = 10


@dataclass(frozen=True)
class ChannelRecipe:
    """The settings of a training's rounds.

    trees : of each round; depth : theirs. random_windows : of the backgrounds, for the first round.

    hard_windows : false alarms that each later round adds, at most; most_per_photograph of them from one. feature_share
    : of the features, those that a tree is grown on. trimmed_weight : see AdaBoost.
    """

    trees: Annotated[tuple[Annotated[int, Ge(1), Le(100_000)], ...], Length(1)] = (16, 64, 256, 768, 768)
    random_windows: Annotated[int, Ge(1), Le(1_000_000)] = 12_000
    hard_windows: Annotated[int, Ge(1), Le(1_000_000)] = 15_000
    most_per_photograph: Count = 60
    boosting: str = "gentle"
    depth: Annotated[int, Ge(1), Le(MAX_DEPTH)] = 6
    feature_share: Annotated[float, Gt(0), Le(1)] = 1 / 16
    trimmed_weight: Annotated[float, Ge(0), Le(0.9)] = 0.05
    seed: Seed = 0


@dataclass(frozen=True)
class ChannelRound:
    """The result of one round of training.

    views : photographs searched, mirrored or turned ones counted anew. missed, false_alarms : the shares of
    the positives and negatives that it learned from and still gets wrong.
    """

    trees: int
    positives: int
    negatives: int
    views: int
    missed: float
    false_alarms: float
    search_s: float
    boost_s: float


@dataclass
class ChannelProgress:
    """Where a training stands after a round: all that the next one needs. negatives : (N, 36, 36) uint8."""

    lambdas: np.ndarray
    negatives: np.ndarray
    cascade: ChannelCascade | None = None
    rounds: list[ChannelRound] = field(default_factory=list)


def start(photographs: Sequence[Photograph], recipe: ChannelRecipe) -> ChannelProgress:
    """Begin a training: draw random windows of the photographs without a face, for the first round."""
    rng = np.random.default_rng([recipe.seed, 0])
    backgrounds = [photograph.grey for photograph in photographs if not len(photograph.faces)]
    each = -(-recipe.random_windows // len(backgrounds))
    negatives = np.concatenate([random_crops(grey, each, rng) for grey in backgrounds])
    return ChannelProgress(estimate_lambdas(backgrounds[::LAMBDA_EVERY]), negatives)


def next_round(
    progress: ChannelProgress,
    positives: np.ndarray,
    weights: np.ndarray,
    photographs: Sequence[Photograph],
    recipe: ChannelRecipe,
    tick: Callable[[], None],
) -> None:
    """Train one more round, into ``progress``. What it does depends on recipe.seed and its index only.

    positives : (P, 36, 36) uint8; weights : (P,), what each counts. tick : is called for each photograph and tree.
    """
    started, views, number = time.perf_counter(), 0, len(progress.rounds)
    if progress.cascade is not None:
        found, views = _false_alarms(progress.cascade, photographs, recipe, number, tick)
        progress.negatives = np.concatenate([progress.negatives, found])
    searched = time.perf_counter()
    is_face = np.repeat([True, False], [len(positives), len(progress.negatives)])
    forest = _boost(np.concatenate([positives, progress.negatives]), is_face, weights, recipe, number, tick)
    progress.cascade = ChannelCascade(forest.trees, progress.lambdas)
    progress.rounds.append(
        ChannelRound(
            trees=recipe.trees[number],
            positives=len(positives),
            negatives=len(progress.negatives),
            views=views,
            missed=float((forest.scores[is_face] < 0).mean()),
            false_alarms=float((forest.scores[~is_face] >= 0).mean()),
            search_s=round(searched - started, 1),
            boost_s=round(time.perf_counter() - searched, 1),
        )
    )


def _false_alarms(
    cascade: ChannelCascade,
    photographs: Sequence[Photograph],
    recipe: ChannelRecipe,
    number: int,
    tick: Callable[[], None],
) -> tuple[np.ndarray, int]:
    """Up to recipe.hard_windows crops that the cascade takes for faces, and how many views were searched for them.

    All photographs in a random order, then mirrored, then upside down, then on their side, until there are enough.
    """
    rng = np.random.default_rng([recipe.seed, number])
    found, count, views = [np.zeros((0, CROP_PX, CROP_PX), np.uint8)], 0, 0
    for view in (np.asarray, np.fliplr, np.flipud, np.transpose):
        for i in rng.permutation(len(photographs)):
            seen = photographs[i]
            if view is not np.asarray:
                if len(seen.faces):
                    continue
                seen = Photograph(np.ascontiguousarray(view(seen.grey)))
            if count >= recipe.hard_windows:
                return np.concatenate(found)[: recipe.hard_windows], views
            found.append(hard_crops(cascade, seen, recipe.most_per_photograph))
            count, views = count + len(found[-1]), views + 1
            tick()
    return np.concatenate(found), views


def _boost(
    crops: np.ndarray,
    is_face: np.ndarray,
    weights: np.ndarray,
    recipe: ChannelRecipe,
    number: int,
    tick: Callable[[], None],
) -> AdaBoost:
    """A forest of recipe.trees[number] trees. Faces and the rest weigh the same together, whatever their numbers."""
    sample_weights = np.concatenate([weights / weights.sum(), np.full((~is_face).sum(), 1 / (~is_face).sum())])
    forest = AdaBoost(
        Binned.of(window_features(crops)),
        is_face,
        sample_weights,
        plugins.build("boosting", recipe.boosting),
        depth=recipe.depth,
        feature_share=recipe.feature_share,
        seed=recipe.seed,
        trimmed_weight=recipe.trimmed_weight,
    )
    for _ in range(recipe.trees[number]):
        forest.add_tree()
        tick()
    return forest
