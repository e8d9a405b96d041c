"""`eigen2arc classical train window`: any feature with any classifier, as a judge of windows."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Set, build_dataset, stage_settings
from .window_options import (
    Backgrounds,
    Copies,
    FirstNegatives,
    HardEach,
    Positives,
    Rounds,
    Seed,
    WindowsEach,
    train_and_finish,
)


def window(
    out: Annotated[Path, typer.Option("--out", help="Folder for model.safetensors and training.json.")],
    feature: Annotated[str, typer.Option(help="See `eigen2arc list feature`.")] = "hog",
    classifier: Annotated[str, typer.Option(help="See `eigen2arc list classifier`.")] = "linear_svm",
    positives: Positives = None,
    backgrounds: Backgrounds = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="In place of positives: cbcl, or a set with annotated faces such as scenes."),
    ] = None,
    proposal: Annotated[str, typer.Option(help="See `eigen2arc list proposal`.")] = "sliding_window",
    rounds: Rounds = 2,
    first_negatives: FirstNegatives = 3000,
    hard_each: HardEach = 5,
    windows_each: WindowsEach = 2000,
    copies: Copies = 2,
    seed: Seed = 0,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Train a judge of windows with rounds of hard negatives: --set feature.cell_px=6, --set classifier.c=0.1, ..."""
    from eigen2arc.classical.detect.window_classifier import model as window_model
    from eigen2arc.classical.detect.window_classifier import samples as window_samples
    from eigen2arc.classical.detect.window_classifier.training import WindowTraining, train_windows

    chosen = stage_settings(settings, ("feature", "classifier", "proposal", "dataset"))
    if (dataset is None) == (positives is None) or (dataset is None and backgrounds is None):
        raise UserError("give either --positives and --backgrounds, or --dataset")
    if dataset is not None:
        faces = build_dataset(dataset, chosen["dataset"], data_root)
        source, samples = faces.protocol, window_samples.of_dataset(faces, backgrounds)
    else:
        assert positives is not None and backgrounds is not None
        source = f"face crops in {positives.name}, photographs in {backgrounds.name}"
        samples = window_samples.of_folders(positives, backgrounds)
    training = WindowTraining(
        feature=feature,
        classifier=classifier,
        feature_settings=chosen["feature"],
        classifier_settings=chosen["classifier"],
        rounds=rounds,
        first_negatives=first_negatives,
        hard_each=hard_each,
        windows_each=windows_each,
        copies=copies,
        seed=seed,
    )
    sources = {"name": proposal, **chosen["proposal"]}
    train_and_finish("windows", train_windows, window_model.save, training, samples, source, sources, out, json)
