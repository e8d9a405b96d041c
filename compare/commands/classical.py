"""`eigen2arc classical ...`: what belongs to the classical track alone."""

import typer

from . import (
    convert_cascade,
    landmarks,
    proposals,
    train_cascade,
    train_channels,
    train_encoder,
    train_landmarks,
    train_rcnn,
    train_window,
    windows,
)

app = typer.Typer(help="Train, evaluate and convert classical models.", no_args_is_help=True)
train = typer.Typer(no_args_is_help=True)
app.add_typer(train, name="train")


@train.callback()
def train_group() -> None:
    """Fit a model of the classical track and write it to a file."""


train.command("encoder")(train_encoder.encoder)
train.command("landmarks")(train_landmarks.landmarks)
train.command("cascade")(train_cascade.cascade)
train.command("channels")(train_channels.channels)
train.command("window")(train_window.window)
train.command("rcnn")(train_rcnn.rcnn)
app.command("windows")(windows.windows)
app.command("convert")(convert_cascade.convert)
app.command("proposals")(proposals.proposals)
app.command("landmarks")(landmarks.landmarks)
