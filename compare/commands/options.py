"""Options that several commands share, and how KEY=VALUE becomes a plug-in's settings."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from eigen2arc.core.errors import UserError

DataRoot = Annotated[
    Path | None,
    typer.Option("--data-root", envvar="EIGEN2ARC_DATA", help="Folder that holds the real sets: lfw/, orl/, fddb/ ..."),
]
Device = Annotated[str, typer.Option("--device", help="Where the networks run: auto, cpu or cuda.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.")]


def stage_settings(pairs: Sequence[str] | None, stages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """["detector.min_size_px=40", ...] as settings by stage. A value is TOML; a bare word is a string.

    Raises UserError for a key that does not start with one of the stages.
    """
    settings: dict[str, dict[str, Any]] = {stage: {} for stage in stages}
    for pair in pairs or ():
        key, equals, text = pair.partition("=")
        stage, dot, name = key.partition(".")
        if not (equals and dot and stage in settings):
            raise UserError(f"--set {pair}: expected STAGE.SETTING=VALUE with STAGE one of {', '.join(stages)}")
        settings[stage][name] = toml_value(text)
    return settings


def toml_value(text: str) -> Any:
    """40 is a number, true a truth value, [1, 2] a list; whatever is not TOML is the string itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def with_device(kind: str, name: str, settings: dict[str, Any], device: str) -> dict[str, Any]:
    """Add the device to the settings of a plug-in that has one."""
    from eigen2arc.core import plugins

    return {"device": device} | settings if "device" in plugins.find(kind, name).settings else settings
