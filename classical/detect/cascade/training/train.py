"""Train a cascade of boosted Haar features, from folders of pictures to files. Reads as it runs.

P. Viola, M. Jones, "Robust Real-Time Face Detection", IJCV 57(2), 2004, section 4. Nothing random depends on what was
drawn before: a stage follows from the seed, its number and the stages before it. So a training that was killed and
resumed gives the very cascade of one that was not.
"""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from rich.progress import Progress

from eigen2arc.classical.detect.haar.features import HaarFeatures, enumerate_features
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import find_images
from eigen2arc.core.progress import progress_bars

from .assembly import assembled
from .negatives import Backgrounds, Found, find_negatives
from .positives import Framing, face_windows
from .results import described, write_results
from .settings import FEWEST_SAMPLES, SHAPES, Settings
from .stage import Boost, Goals, Samples, train_stage
from .state import STATE, TrainingState

#: Called with the state whenever a stage is on the disk.
After = Callable[[TrainingState], None]


def train(
    settings: Settings, positives: Sequence[Path], backgrounds: Sequence[Path], out: Path, after: After, command: str
) -> TrainingState:
    """Train from the pictures below ``positives``, one face in the middle of each, and those below ``backgrounds``.

    after : is called with the state whenever a stage is on the disk. command : what was typed, to be written down
    beside the cascade. Leaves in ``out`` cascade.json, cascade.xml, stages.jsonl and state.npz. Raises UserError for
    pictures that cannot be used and for a folder that holds an earlier training.
    """
    if (out / STATE).exists():
        raise UserError(f"{out}: an earlier training is there; go on with it by --resume, or choose another folder")
    data = {
        kind: [str(folder) for folder in folders]
        for kind, folders in (("positives", positives), ("backgrounds", backgrounds))
    }
    facts = {"settings": asdict(settings), "command": command, "data": described(data)}
    return go_on(TrainingState(facts, np.zeros((0, settings.window_px, settings.window_px), np.uint8)), out, after)


def resume(out: Path, after: After) -> TrainingState:
    """Go on with the training in ``out``. Raises UserError if the pictures are others than they were."""
    state = TrainingState.load(out)
    was = state.facts["data"]
    if described({kind: part["folders"] for kind, part in was.items()}) != was:
        raise UserError(f"{out}: the pictures are not those that the training began with; start anew in another folder")
    return go_on(state, out, after)


def go_on(state: TrainingState, out: Path, after: After) -> TrainingState:
    """Stage after stage, until a goal is reached or the backgrounds give too few windows."""
    settings = Settings(**state.facts["settings"])
    features = enumerate_features(settings.window_px, settings.window_px, SHAPES[settings.features])
    positives = faces(settings, state.facts["data"]["positives"]["folders"])
    for stage in state.stages:
        positives = positives.kept(stage.passes(positives.windows, features))
    photographs = find_images([Path(folder) for folder in state.facts["data"]["backgrounds"]["folders"]])
    backgrounds = Backgrounds(photographs, settings.seed)
    with progress_bars() as progress:
        stages = progress.add_task("stages", total=settings.stages, completed=len(state.stages))
        while not state.reason:
            started = time.perf_counter()
            found = search(state, settings, features, backgrounds, progress)
            searched = time.perf_counter()
            state.reason = why_done(state, settings, found)
            if not state.reason:
                positives = add_stage(state, settings, features, positives, found, progress)
                state.records[-1] |= {
                    "search_s": round(searched - started, 1),
                    "boost_s": round(time.perf_counter() - searched, 1),
                    "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
                }
            elif not state.stages:
                raise UserError(f"nothing was trained: {state.reason}")
            state.save(out)
            cascade = assembled(state.stages, features, settings.window_px)
            x1, y1, x2, y2 = settings.face
            write_results(state, replace(cascade, face=(x1, y1, x2, y2)), out)
            after(state)
            progress.update(stages, completed=len(state.stages))
    return state


def faces(settings: Settings, folders: Sequence[str]) -> Samples:
    """The windows of all pictures. All windows of a picture are held out, or none: else they would be no surprise."""
    framing = Framing(
        settings.share, settings.variants, settings.shift, settings.scale, settings.turn_degrees, settings.sharpen
    )
    windows, pictures = face_windows([Path(name) for name in folders], settings.window_px, framing, settings.seed)
    count = int(pictures[-1]) + 1
    rank = np.random.default_rng(settings.seed).permutation(count)
    return Samples(windows, rank[pictures] < round(settings.held_out * count))


def search(
    state: TrainingState, settings: Settings, features: HaarFeatures, backgrounds: Backgrounds, progress: Progress
) -> Found:
    """Look for windows that the cascade so far takes for faces, to fill up those that are left of the last stage.

    Behind the last stage only as many as it takes to say how many there are.
    """
    number = len(state.stages)
    wanted = settings.negatives - len(state.negatives) if number < settings.stages else FEWEST_SAMPLES
    bar = progress.add_task(f"stage {number + 1}: search", total=wanted)
    cascade = assembled(state.stages, features, settings.window_px) if state.stages else None
    found = Found(state.negatives[:0], 0, 0, state.next_view)
    for found in find_negatives(
        cascade, backgrounds, settings.window_px, wanted, state.next_view, settings.most_scanned
    ):
        text = f"stage {number + 1}: search, {found.scanned / 1e6:.0f} million windows"
        progress.update(bar, completed=len(found.windows), description=text)
    progress.remove_task(bar)
    return found


def why_done(state: TrainingState, settings: Settings, found: Found) -> str:
    """The reason to add no stage, "" if there is none. ``found`` tells how the stages so far do."""
    rate = found.accepted / max(found.scanned, 1)
    said = f"false-alarm rate {rate:.2g} ({found.accepted:,} of {found.scanned:,} windows)"
    if state.stages and rate <= settings.overall_false_alarm_rate:
        return f"goal reached: {said}"
    if len(state.stages) == settings.stages:
        return f"all {settings.stages} stages trained: {said}"
    negatives = len(state.negatives) + len(found.windows)
    if negatives < max(FEWEST_SAMPLES, settings.negatives // 20):
        return f"the backgrounds give only {negatives:,} windows to learn from: {said}"
    return ""


def add_stage(
    state: TrainingState,
    settings: Settings,
    features: HaarFeatures,
    positives: Samples,
    found: Found,
    progress: Progress,
) -> Samples:
    """Train the next stage, note it in ``state``, and return the faces that it lets pass."""
    number = len(state.stages)
    if positives.held_out.sum() == 0 or (~positives.held_out).sum() < FEWEST_SAMPLES:
        raise UserError(
            f"{len(positives)} windows of faces are too few: give pictures for {2 * FEWEST_SAMPLES} at least"
        )
    windows = np.concatenate([state.negatives, found.windows])
    rank = np.random.default_rng([settings.seed, number]).permutation(len(windows))
    negatives = Samples(windows, rank < max(round(settings.held_out * len(windows)), 1))
    goals = Goals(settings.hit_rate, settings.false_alarm_rate, settings.most_trees)
    bar = progress.add_task(f"stage {number + 1}: boost", total=1.0)
    for stage in train_stage(positives, negatives, features, boost_of(settings), goals, settings.seed + number):
        # The rate falls about exponentially with the trees.
        done = np.log(max(stage.false_alarm_rate, 1e-9)) / np.log(settings.false_alarm_rate)
        text = f"stage {number + 1}: {len(stage.trees)} trees, {100 * stage.false_alarm_rate:.1f} % false alarms"
        progress.update(bar, completed=float(done), description=text)
    progress.remove_task(bar)
    state.stages.append(stage)
    state.records.append(
        {
            "stage": number + 1,
            "trees": len(stage.trees),
            "hit_rate": stage.hit_rate,
            "false_alarm_rate": stage.false_alarm_rate,
            "positives": len(positives),
            "negatives": len(negatives),
            "scanned": found.scanned,
            "accepted": found.accepted,
            "features_tried": stage.table_features,
        }
    )
    state.negatives = windows[stage.passes(windows, features)]
    state.next_view = found.next_view
    return positives.kept(stage.passes(positives.windows, features))


def boost_of(settings: Settings) -> Boost:
    """How trees are boosted."""
    return Boost(
        settings.boosting,
        settings.depth,
        settings.feature_share,
        settings.trimmed_weight,
        settings.positive_weight,
        int(settings.memory_gb * 1e9),
    )
