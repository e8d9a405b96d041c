"""`eigen2arc classical train channels`: train the detector `channel_features`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json

from .options import AsJson, out_folder


def channels(
    positives: Annotated[list[Path], typer.Option("--positives", help="Folder of face crops; may be repeated.")],
    backgrounds: Annotated[list[Path], typer.Option("--backgrounds", help="Folder of photographs without a face.")],
    out: Annotated[Path, out_folder("Folder for model.safetensors and training.json.")],
    people: Annotated[int, typer.Option(help="Synthetic people to learn turned faces from.")] = 750,
    trees: Annotated[str, typer.Option(help="Trees of each round, with commas.")] = "16,64,256,768,768",
    depth: Annotated[int, typer.Option(help="Depth of the trees.")] = 6,
    seed: Annotated[int, typer.Option(help="Another seed gives another model.")] = 0,
    json: AsJson = False,
) -> None:
    """Train the channel detector; the same command resumes an interrupted training.

    Crops show one face each: 36 px across, the face is 28 px high, forehead to chin, in the middle.
    """
    from eigen2arc.classical.detect.channels.training.bootstrapping import ChannelRecipe
    from eigen2arc.classical.detect.channels.training.train import ChannelFaces, train_channels
    from eigen2arc.core.settings import toml_value, with_changes

    recipe = with_changes(ChannelRecipe(), {"trees": tuple(toml_value(f"[{trees}]")), "depth": depth, "seed": seed})
    faces = with_changes(ChannelFaces(), {"people": people})
    command = shlex.join(["eigen2arc", *sys.argv[1:]])
    done = train_channels(positives, backgrounds, faces, recipe, out, command)
    if json:
        say_json(done)
        return
    last = done["rounds"][-1]
    say(f"{out / 'model.safetensors'}: {last['trees']} trees from {last['positives']} faces")
    say(f"and {last['negatives']} windows without one")
    say(f"use it: eigen2arc detect IMAGE --detector channel_features --set detector.model={out}/model.safetensors")
