"""`eigen2arc classical train rcnn`: R-CNN in the manner of 2014, on images with annotated faces."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Set, build_training_part, out_folder, stage_settings
from .train_window import Backgrounds, Copies, FirstNegatives, HardEach, Rounds, Seed, WindowsEach, train_and_finish


def rcnn(
    out: Annotated[Path, out_folder("Folder for model.safetensors and training.json.")],
    dataset: Annotated[str, typer.Option(help="A set with annotated faces. See `eigen2arc list dataset`.")] = "scenes",
    backgrounds: Backgrounds = None,
    feature: Annotated[str, typer.Option(help="In place of the network: hog, sift. See `list feature`.")] = "hog",
    classifier: Annotated[str, typer.Option(help="See `eigen2arc list classifier`.")] = "linear_svm",
    proposal: Annotated[str, typer.Option(help="See `eigen2arc list proposal`.")] = "selective_search",
    context_px: Annotated[float, typer.Option(help="Pixels of a window's border that lie around the region.")] = 2.0,
    rounds: Rounds = 2,
    first_negatives: FirstNegatives = 3000,
    hard_each: HardEach = 20,
    windows_each: WindowsEach = 2000,
    copies: Copies = 2,
    seed: Seed = 0,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Train R-CNN: --set dataset.images=200, --set proposal.mode=quality, --set classifier.c=0.1, ..."""
    from eigen2arc.classical.detect.window_classifier import samples as window_samples
    from eigen2arc.classical.detect.window_classifier.train_windows import WindowTraining, train_rcnn

    chosen = stage_settings(settings, ("feature", "classifier", "proposal", "dataset"))
    faces = build_training_part(dataset, chosen["dataset"], data_root)
    if faces.faces is None:
        raise UserError(f"{dataset} does not say where faces are: choose a set with annotated faces, such as scenes")
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
        context_px=context_px,
        seed=seed,
    )
    samples = window_samples.of_dataset(faces, backgrounds)
    sources = {"name": proposal, **chosen["proposal"]}
    train_and_finish("rcnn", train_rcnn, training, samples, faces.protocol, sources, out, json)
