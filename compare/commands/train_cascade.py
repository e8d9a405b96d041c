"""`eigen2arc classical train cascade`: a Viola-Jones cascade from folders of faces and of photographs without any."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say
from eigen2arc.core.errors import UserError

from .options import Set, out_folder


def cascade(
    out: Annotated[Path, out_folder("Folder for cascade.json, cascade.xml and the training's records.")],
    positives: Annotated[
        list[Path] | None,
        typer.Option("--positives", help="Folder of images with one face in the middle; may be repeated."),
    ] = None,
    backgrounds: Annotated[
        list[Path] | None, typer.Option("--backgrounds", help="Folder of photographs without faces; may be repeated.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume the training in --out, with its settings.")] = False,
    settings: Set = None,
) -> None:
    """Train a cascade of boosted Haar features.

    Settings: --set stages=20 --set false_alarm_rate=0.4 --set memory_gb=2.0 --set seed=1; a wrong name prints them all.

    OUT/cascade.xml runs in cv2.CascadeClassifier, OUT/cascade.json here: eigen2arc detect IMAGE
    --set detector.cascade=OUT/cascade.json. OUT/training.svg shows the stages, OUT/stages.jsonl has their metrics.
    An interrupted or killed training is resumed by --resume, and ends as if it had not been interrupted.
    """
    from eigen2arc.classical.detect.cascade.training.settings import Settings
    from eigen2arc.classical.detect.cascade.training.state import TrainingState
    from eigen2arc.classical.detect.cascade.training.train import resume as resume_training
    from eigen2arc.classical.detect.cascade.training.train import train
    from eigen2arc.compare.detection_study.cascade_curves import write_curves
    from eigen2arc.core.settings import parse_settings, with_changes

    def show(state: TrainingState) -> None:
        if not state.reason:
            write_curves(state.records, out / "training.svg")
            line = "stage {stage}: {trees} trees, hit rate {hit_rate:.4f}, false-alarm rate {false_alarm_rate:.3f}; "
            line += "{scanned:,} windows searched in {search_s} s, boosted in {boost_s} s, {peak_memory_gb} GB at most"
            say(line.format(**state.records[-1]))

    if resume:
        if settings or positives or backgrounds:
            raise UserError("a training that is resumed keeps its images and settings: give --out and --resume")
        state = resume_training(out, show)
    else:
        if not positives or not backgrounds:
            raise UserError("nothing to learn from: give --positives DIR and --backgrounds DIR")
        chosen = with_changes(Settings(), parse_settings(settings or ()))
        command = shlex.join(["eigen2arc", *sys.argv[1:]])
        state = train(chosen, positives, backgrounds, out, show, command)
    write_curves(state.records, out / "training.svg")  # a training may have been killed before it came to that
    trees = sum(record["trees"] for record in state.records)
    say(f"{out / 'cascade.json'}: {len(state.stages)} stages, {trees} trees; {state.reason}")
