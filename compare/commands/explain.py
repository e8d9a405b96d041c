"""`eigen2arc explain ...`: pictures of what a step does and of what an encoder sees."""

import typer

from . import explain_encoder, explain_preprocessing

app = typer.Typer(help="Pictures: what preprocessing does to a face, and what an encoder sees.", no_args_is_help=True)
app.command("preprocessing")(explain_preprocessing.preprocessing)
app.command("encoder")(explain_encoder.encoder)
