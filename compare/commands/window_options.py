"""What the commands that train judges of windows share: their options, and what they write and say."""

import json as jsonlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from eigen2arc.classical.detect.window_classifier.hard_negatives import Proposal
    from eigen2arc.classical.detect.window_classifier.samples import Samples
    from eigen2arc.classical.detect.window_classifier.training import Round, WindowTraining

Positives = Annotated[Path | None, typer.Option(help="Folder of face crops, each a whole face and nothing else.")]
Backgrounds = Annotated[Path | None, typer.Option(help="Folder of photographs without faces.")]
Rounds = Annotated[int, typer.Option(help="Rounds of looking for hard negatives.")]
FirstNegatives = Annotated[int, typer.Option(help="Random windows that the first classifier is fitted on.")]
HardEach = Annotated[int, typer.Option(help="Hard negatives that a round takes from each picture, at most.")]
WindowsEach = Annotated[int, typer.Option(help="Windows of each picture that a round looks at.")]
Copies = Annotated[int, typer.Option(help="Boxes for each face; all but the first are moved and scaled a little.")]
Seed = Annotated[int, typer.Option(help="Of everything that is drawn.")]


def train_and_finish(
    detector: str,
    train: Callable[["WindowTraining", "Samples", "Proposal", Callable[["Round"], None]], Any],
    save: Callable[[Path, Any], None],
    training: "WindowTraining",
    samples: "Samples",
    source: str,
    proposal: dict[str, Any],
    out: Path,
    json: bool,
) -> None:
    """Train with a line a round, write ``out``/model.safetensors and training.json beside it, say what came out.

    detector : the plug-in that the model is for. source : of the samples, in words. proposal : name and settings.
    """
    from dataclasses import asdict

    from eigen2arc.core import plugins
    from eigen2arc.core.files import write_json

    story: list[Round] = []

    def report(round_: "Round") -> None:
        story.append(round_)
        what = f"round {round_.number}: {round_.faces:,} faces, {round_.negatives:,} others"
        typer.echo(f"{what}, fitted in {round_.fit_s:.1f} s", err=True)

    model = out / "model.safetensors"
    save(model, train(training, samples, plugins.build("proposal", **proposal), report))
    rounds = [asdict(round_) for round_ in story]
    document = {"source": source, "proposal": proposal, "training": asdict(training), "rounds": rounds}
    write_json(out / "training.json", document)
    if json:
        print(jsonlib.dumps({"model": str(model), **document}))
        return
    last = story[-1]
    print(f"{model}: {training.classifier} on {training.feature}, {last.faces:,} faces and {last.negatives:,} others")
    print(f"find faces with it: eigen2arc detect IMAGES --detector {detector} --set detector.model={model}")
