"""`eigen2arc classical ...`: what belongs to the classical track alone."""

import typer

from . import train_encoder

app = typer.Typer(help="The classical track: fit its models.", no_args_is_help=True)
train = typer.Typer(no_args_is_help=True)
app.add_typer(train, name="train")


@train.callback()
def train_group() -> None:
    """Fit a model of the classical track and write it to a file."""


train.command("encoder")(train_encoder.encoder)
