"""`eigen2arc explain ...`: figures of what a step does, and of what a detector and an encoder see."""

import typer

from . import explain_detector, explain_encoder, explain_preprocessing

app = typer.Typer(
    help="Figures: a detector's stages, what preprocessing does to a face, what an encoder sees.", no_args_is_help=True
)
app.command("detector")(explain_detector.detector)
app.command("preprocessing")(explain_preprocessing.preprocessing)
app.command("encoder")(explain_encoder.encoder)
