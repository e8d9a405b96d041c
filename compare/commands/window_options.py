"""What the commands that train judges of windows share: where their samples come from, and what they write and say."""

import json as jsonlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

Positives = Annotated[Path | None, typer.Option(help="Folder of face crops, each a whole face and nothing else.")]
Backgrounds = Annotated[Path | None, typer.Option(help="Folder of photographs without faces.")]
Rounds = Annotated[int, typer.Option(help="Rounds of looking for hard negatives.")]
FirstNegatives = Annotated[int, typer.Option(help="Random windows that the first classifier is fitted on.")]
HardEach = Annotated[int, typer.Option(help="Hard negatives that a round takes from each picture, at most.")]
WindowsEach = Annotated[int, typer.Option(help="Windows of each picture that a round looks at.")]
Copies = Annotated[int, typer.Option(help="Boxes for each face; all but the first are moved and scaled a little.")]
Seed = Annotated[int, typer.Option(help="Of everything that is drawn.")]


def say(round_: Any) -> None:
    """One line a round, to be seen while it goes on."""
    what = f"round {round_.number}: {round_.faces:,} faces, {round_.negatives:,} others"
    typer.echo(f"{what}, fitted in {round_.fit_s:.1f} s", err=True)


def finish(
    detector: str, model: Path, training: Any, story: list[Any], source: str, proposal: Mapping[str, Any], json: bool
) -> None:
    """Write training.json beside the model, and say what came out."""
    from dataclasses import asdict

    from eigen2arc.core.files import write_json

    rounds = [asdict(round_) for round_ in story]
    document = {"source": source, "proposal": dict(proposal), "training": asdict(training), "rounds": rounds}
    write_json(model.parent / "training.json", document)
    if json:
        print(jsonlib.dumps({"model": str(model), **document}))
        return
    last = story[-1]
    print(f"{model}: {training.classifier} on {training.feature}, {last.faces:,} faces and {last.negatives:,} others")
    print(f"find faces with it: eigen2arc detect IMAGES --detector {detector} --set detector.model={model}")
