"""`eigen2arc classical train encoder`: fit Eigenfaces, Fisherfaces, ... on the faces of a data set."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json

from .options import AsJson, DataRoot, Preprocessing, Set, components, out_folder, steps


def encoder(
    name: Annotated[str, typer.Argument(help="An encoder that learns: eigenfaces, projected, ... See `list encoder`.")],
    out: Annotated[Path, out_folder("Folder for model.safetensors and training.json.")],
    dataset: Annotated[str, typer.Option(help="A labelled set. See `eigen2arc list dataset`.")] = "synthetic",
    detector: Annotated[
        str | None,
        typer.Option(help="See `eigen2arc list detector`.", show_default="the set's own boxes, else viola_jones"),
    ] = None,
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    preprocessing: Preprocessing = "",
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Fit an encoder on the faces of a data set: --set encoder.components=100, --set dataset.people=50, ...

    One inside another: --set "encoder.base={name = 'lbp_histogram', grid = 8}". Crops, and vectors to learn
    from, are cached in the folder: the same command resumes after a kill. OUT/artefacts may be deleted at the end.
    """
    from eigen2arc.classical.encode.training.train import Recipe, train_encoder

    chosen = components(settings, data_root, encoder=name, dataset=dataset, detector=detector, aligner=aligner)
    faces = chosen["dataset"].built
    if detector is None and faces.faces is None:
        detector = "viola_jones"
        chosen |= components(settings, encoder=None, dataset=None, detector=detector, aligner=None)
    recipe = Recipe(chosen["encoder"], chosen["aligner"], chosen.get("detector"), steps(preprocessing))
    done = train_encoder(recipe, faces, out)
    if json:
        say_json({**vars(done), "model": str(done.model)})
        return
    left_out = f", {done.left_out} images left out" if done.left_out else ""
    say(f"{done.model}: {name} of {done.dimensions} dimensions from {done.images} faces of {done.people} people")
    say(f"fitted in {done.fit_s:.1f} s{left_out}")
    use = ["--encoder", name, "--set", f"encoder.model={done.model}", "--aligner", aligner]
    use += ["--detector", detector] if detector else []
    cut = (pair for pair in settings or () if pair.startswith(("aligner.", "detector.")))
    use += [word for pair in cut for word in ("--set", pair)]
    use += ["--preprocessing", preprocessing] if preprocessing else []
    say(f"compare two faces with it: eigen2arc verify A B {shlex.join(use)}")
