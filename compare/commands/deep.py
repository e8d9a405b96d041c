"""`eigen2arc deep`: training the deep track's networks."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.errors import UserError

from .options import Device, Set, toml_value

app = typer.Typer(help="Train the deep track's networks.", no_args_is_help=True)
train = typer.Typer(help="Train a network; see `eigen2arc deep train encoder --help`.", no_args_is_help=True)
app.add_typer(train, name="train")


@train.command()
def encoder(
    out: Annotated[Path, typer.Option("--out", help="Folder for the weights, the state and the crops.")],
    backbone: Annotated[str, typer.Option(help="Network; `eigen2arc list backbone` names them.")] = "mobilefacenet",
    loss: Annotated[str, typer.Option(help="Loss; `eigen2arc list loss` names them.")] = "arcface",
    dataset: Annotated[str, typer.Option(help="Labelled faces; `eigen2arc list dataset` names them.")] = "synthetic",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out, with its settings.")] = False,
    settings: Set = None,
    device: Device = "auto",
) -> None:
    """Train a face embedding on labelled faces and keep the best weights.

    Settings: --set steps=5000, and those of the parts: --set backbone.width=1.0 --set loss.margin_rad=0.4
    --set dataset.people=2000. A wrong name prints them all.

    OUT/best.safetensors is for the encoder `embedding`: --set encoder.weights=OUT/best.safetensors.
    Many GPUs: accelerate launch --module eigen2arc.compare.cli deep train encoder ...
    """
    from eigen2arc.deep.settings import of_parts, with_changes
    from eigen2arc.deep.train_embedding import Settings
    from eigen2arc.deep.train_embedding import train as run
    from eigen2arc.deep.training import saved_settings

    if resume:
        if settings:
            raise UserError("--set: a run that is gone on with keeps its settings; leave out --set or --resume")
        chosen = Settings(**saved_settings(out))
    else:
        changes = dict(pair.partition("=")[::2] for pair in settings or ())
        chosen = with_changes(
            of_parts(Settings(), backbone=backbone, loss=loss, dataset=dataset),
            {key: toml_value(text) for key, text in changes.items()},
        )
    run(chosen, out, resume=resume, device=device, command=shlex.join(["eigen2arc", *sys.argv[1:]]))
