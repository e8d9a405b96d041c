"""`eigen2arc classical train window`: any feature with any classifier, as a window classifier."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Set, build_training_part, out_folder, stage_settings

if TYPE_CHECKING:
    from eigen2arc.classical.detect.window_classifier.hard_negatives import Proposal
    from eigen2arc.classical.detect.window_classifier.model import WindowModel
    from eigen2arc.classical.detect.window_classifier.samples import Samples
    from eigen2arc.classical.detect.window_classifier.train_windows import Round, WindowTraining


Positives = Annotated[Path | None, typer.Option(help="Folder of face crops, each a whole face and nothing else.")]
Backgrounds = Annotated[Path | None, typer.Option(help="Folder of photographs without faces.")]
Rounds = Annotated[int, typer.Option(help="Rounds of hard negatives.")]
FirstNegatives = Annotated[int, typer.Option(help="Random windows that the first classifier is fitted on.")]
HardEach = Annotated[int, typer.Option(help="Hard negatives that a round takes from each image, at most.")]
WindowsEach = Annotated[int, typer.Option(help="Windows of each image that a round searches.")]
Copies = Annotated[int, typer.Option(help="Boxes for each face; all but the first are moved and scaled a little.")]
Seed = Annotated[int, typer.Option(help="Seed of everything that is drawn.")]


def train_and_finish(
    detector: str,
    train: Callable[["WindowTraining", "Samples", "Proposal", Callable[["Round"], None]], "WindowModel"],
    training: "WindowTraining",
    samples: "Samples",
    source: str,
    proposal: dict[str, Any],
    out: Path,
    json: bool,
) -> None:
    """Train with a line a round, write ``out``/model.safetensors and training.json next to it, and print a summary.

    detector : the plug-in that the model is for. source : of the samples, in words. proposal : name and settings.
    """
    from dataclasses import asdict

    from eigen2arc.classical.detect.window_classifier.model import save
    from eigen2arc.core import plugins
    from eigen2arc.core.files import write_json

    history: list[Round] = []

    def report(round_: "Round") -> None:
        history.append(round_)
        what = f"round {round_.number}: {round_.faces:,} faces, {round_.negatives:,} others"
        say(f"{what}, fitted in {round_.fit_s:.1f} s", error=True)

    model = out / "model.safetensors"
    save(model, detector, train(training, samples, plugins.build("proposal", **proposal), report))
    rounds = [asdict(round_) for round_ in history]
    document = {"source": source, "proposal": proposal, "training": asdict(training), "rounds": rounds}
    write_json(out / "training.json", document)
    if json:
        say_json({"model": str(model), **document})
        return
    last = history[-1]
    say(f"{model}: {training.classifier} on {training.feature}, {last.faces:,} faces and {last.negatives:,} others")
    say(f"find faces with it: eigen2arc detect IMAGES --detector {detector} --set detector.model={model}")


def window(
    out: Annotated[Path, out_folder("Folder for model.safetensors and training.json.")],
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
    """Train a window classifier with rounds of hard negatives: --set feature.cell_px=6, --set classifier.c=0.1, ..."""
    from eigen2arc.classical.detect.window_classifier import samples as window_samples
    from eigen2arc.classical.detect.window_classifier.train_windows import WindowTraining, train_windows

    chosen = stage_settings(settings, ("feature", "classifier", "proposal", "dataset"))
    if (dataset is None) == (positives is None) or (dataset is None and backgrounds is None):
        raise UserError("give either --positives and --backgrounds, or --dataset")
    if dataset is not None:
        faces = build_training_part(dataset, chosen["dataset"], data_root)
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
    train_and_finish("windows", train_windows, training, samples, source, sources, out, json)
