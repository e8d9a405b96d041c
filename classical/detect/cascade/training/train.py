"""Train a cascade of boosted Haar features, from folders of images to files, in the order in which it runs.

P. Viola, M. Jones, "Robust Real-Time Face Detection", IJCV 57(2), 2004, section 4. Nothing random depends on what was
drawn before: a stage follows from the seed, its number and the stages before it. So a training that was killed and
resumed gives the very cascade of one that was not.
"""

import json
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.engine.stages import Stages
from eigen2arc.classical.detect.cascade.formats.json_form import write_cascade_json
from eigen2arc.classical.detect.cascade.formats.xml_write import write_cascade_xml
from eigen2arc.classical.detect.haar.features import HaarFeatures, enumerate_features
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_text
from eigen2arc.core.image_folder import find_images
from eigen2arc.core.progress import progress_bars

from .data_digest import digest_folders
from .negatives import Backgrounds, NegativeSearch, find_negatives
from .positives import Framing, face_windows
from .settings import FEWEST_SAMPLES, SHAPES, Settings
from .state import STATE, TrainingState
from .train_stage import Boost, Goals, Samples, Stage, select_features, train_stage

#: Called with the state whenever a stage is on the disk.
After = Callable[[TrainingState], None]

#: Of a stage's record, what is not the same from one run to the next.
VARYING = ("search_s", "boost_s", "peak_memory_gb")


def train(
    settings: Settings, positives: Sequence[Path], backgrounds: Sequence[Path], out: Path, after: After, command: str
) -> TrainingState:
    """Train a cascade on the images below ``positives``, a face in the middle of each, and those below ``backgrounds``.

    after : is called with the state whenever a stage is on the disk. command : what was typed, to be recorded
    with the cascade. Leaves in ``out`` cascade.json, cascade.xml, stages.jsonl and state.npz. Raises UserError for
    images that cannot be used and for a folder that holds an earlier training.
    """
    if (out / STATE).exists():
        raise UserError(f"{out}: an earlier training is there; continue it with --resume, or choose another folder")
    data = {
        kind: [str(folder) for folder in folders]
        for kind, folders in (("positives", positives), ("backgrounds", backgrounds))
    }
    metadata = {"settings": asdict(settings), "command": command, "data": digest_folders(data)}
    no_windows = np.zeros((0, settings.window_px, settings.window_px), np.uint8)
    return _train_stages(TrainingState(metadata, no_windows), out, after)


def resume(out: Path, after: After) -> TrainingState:
    """Resume the training in ``out``. Raises UserError if the images are not those that it began with."""
    state = TrainingState.load(out)
    was = state.metadata["data"]
    if digest_folders({kind: part["folders"] for kind, part in was.items()}) != was:
        raise UserError(f"{out}: the images are not those that the training began with; start anew in another folder")
    return _train_stages(state, out, after)


def _train_stages(state: TrainingState, out: Path, after: After) -> TrainingState:
    """Train stage after stage, until a goal is reached or the backgrounds give too few windows."""
    settings = Settings(**state.metadata["settings"])
    features = enumerate_features(settings.window_px, settings.window_px, SHAPES[settings.features])
    positives = _face_samples(settings, state.metadata["data"]["positives"]["folders"])
    for stage in state.stages:
        positives = positives.subset(stage.passes(positives.windows, features))
    photographs = find_images([Path(folder) for folder in state.metadata["data"]["backgrounds"]["folders"]])
    backgrounds = Backgrounds(photographs, settings.seed)
    with progress_bars() as progress:
        stages = progress.add_task("stages", total=settings.stages, completed=len(state.stages))
        while not state.reason:
            started = time.perf_counter()
            found = _search_negatives(state, settings, features, backgrounds, progress)
            searched = time.perf_counter()
            state.reason = _stop_reason(state, settings, found)
            if not state.reason:
                positives = _add_stage(state, settings, features, positives, found, progress)
                state.records[-1] |= {
                    "search_s": round(searched - started, 1),
                    "boost_s": round(time.perf_counter() - searched, 1),
                    "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
                }
            elif not state.stages:
                raise UserError(f"nothing was trained: {state.reason}")
            state.save(out)
            cascade = _assemble(state.stages, features, settings.window_px)
            x1, y1, x2, y2 = settings.face
            _write_results(state, replace(cascade, face=(x1, y1, x2, y2)), out)
            after(state)
            progress.update(stages, completed=len(state.stages))
    return state


def _face_samples(settings: Settings, folders: Sequence[str]) -> Samples:
    """Cut windows from all images. All windows of an image are held out, or none: else they would be no surprise."""
    framing = Framing(
        settings.share, settings.variants, settings.shift, settings.scale, settings.turn_degrees, settings.sharpen
    )
    windows, images = face_windows([Path(name) for name in folders], settings.window_px, framing, settings.seed)
    count = int(images[-1]) + 1
    rank = np.random.default_rng(settings.seed).permutation(count)
    return Samples(windows, rank[images] < round(settings.held_out * count))


def _search_negatives(
    state: TrainingState, settings: Settings, features: HaarFeatures, backgrounds: Backgrounds, progress: Progress
) -> NegativeSearch:
    """Search for windows that the cascade so far takes for faces, to fill up those that are left of the last stage.

    Behind the last stage only as many as it takes to say how many there are.
    """
    number = len(state.stages)
    wanted = settings.negatives - len(state.negatives) if number < settings.stages else FEWEST_SAMPLES
    bar = progress.add_task(f"stage {number + 1}: search", total=wanted)
    cascade = _assemble(state.stages, features, settings.window_px) if state.stages else None
    found = NegativeSearch(state.negatives[:0], 0, 0, state.next_view)
    for found in find_negatives(
        cascade, backgrounds, settings.window_px, wanted, state.next_view, settings.most_scanned
    ):
        text = f"stage {number + 1}: search, {found.scanned / 1e6:.0f} million windows"
        progress.update(bar, completed=len(found.windows), description=text)
    progress.remove_task(bar)
    return found


def _stop_reason(state: TrainingState, settings: Settings, found: NegativeSearch) -> str:
    """Return the reason to add no stage, "" if there is none. ``found`` tells how the stages so far do."""
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


def _add_stage(
    state: TrainingState,
    settings: Settings,
    features: HaarFeatures,
    positives: Samples,
    found: NegativeSearch,
    progress: Progress,
) -> Samples:
    """Train the next stage, record it in ``state``, and return the faces that it lets pass."""
    number = len(state.stages)
    if positives.held_out.sum() == 0 or (~positives.held_out).sum() < FEWEST_SAMPLES:
        raise UserError(f"{len(positives)} windows of faces are too few: give images for {2 * FEWEST_SAMPLES} at least")
    windows = np.concatenate([state.negatives, found.windows])
    rank = np.random.default_rng([settings.seed, number]).permutation(len(windows))
    negatives = Samples(windows, rank < max(round(settings.held_out * len(windows)), 1))
    goals = Goals(settings.hit_rate, settings.false_alarm_rate, settings.most_trees)
    bar = progress.add_task(f"stage {number + 1}: boost", total=1.0)
    for stage in train_stage(positives, negatives, features, _boost(settings), goals, settings.seed + number):
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
    return positives.subset(stage.passes(positives.windows, features))


def _boost(settings: Settings) -> Boost:
    """Choose how trees are boosted."""
    return Boost(
        settings.boosting,
        settings.depth,
        settings.feature_share,
        settings.trimmed_weight,
        settings.positive_weight,
        int(settings.memory_gb * 1e9),
    )


def _assemble(trained: Sequence[Stage], features: HaarFeatures, window_px: int) -> Cascade:
    """Assemble at least one stage to a cascade that the engine runs. features : which the stages' trees count by."""
    trees = [stage.trees for stage in trained]
    counts = [len(part) for part in trees]
    inner = trees[0].features.shape[1]
    numbers = np.concatenate([part.features.ravel() for part in trees])
    stages = Stages(
        thresholds=np.array([stage.threshold for stage in trained], np.float32),
        first_tree=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        first_node=inner * np.arange(sum(counts) + 1, dtype=np.int64),
        children=np.tile(_heap_children(inner), (sum(counts), 1)),
        splits=np.concatenate([part.thresholds.ravel() for part in trees]),
        leaves=np.concatenate([part.leaves.ravel() for part in trees]),
    )
    return Cascade((window_px, window_px), stages, select_features(features, numbers))


def _heap_children(inner: int) -> np.ndarray:
    """Return the children (inner, 2) int32 of the nodes of a complete tree in heap order, see Stages.children."""
    below = 2 * np.arange(inner)[:, None] + [1, 2]
    return np.where(below < inner, below, inner - below).astype(np.int32)


def _write_results(state: TrainingState, cascade: Cascade, out: Path) -> None:
    """Write cascade.json, cascade.xml (for cv2.CascadeClassifier) and stages.jsonl into ``out``, each atomically."""
    write_text(out / "stages.jsonl", "".join(json.dumps(record) + "\n" for record in state.records))
    write_cascade_json(out / "cascade.json", cascade, _about(state))
    write_cascade_xml(out / "cascade.xml", cascade)


def _about(state: TrainingState) -> dict[str, Any]:
    """Record where the cascade comes from: the same whenever the same is trained, so nothing of time or memory."""
    records = [{key: value for key, value in record.items() if key not in VARYING} for record in state.records]
    data = {
        kind: {**part, "folders": [Path(folder).name for folder in part["folders"]]}
        for kind, part in state.metadata["data"].items()
    }
    return {**state.metadata, "data": data, "stages": records, "ended": state.reason}
