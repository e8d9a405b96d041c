"""Options that several commands share, and how KEY=VALUE becomes a plug-in's settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eigen2arc.core.component import as_table
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import parse_settings, set_setting, toml_value

if TYPE_CHECKING:
    from eigen2arc.core.types import Dataset

DataRoot = Annotated[
    Path | None,
    typer.Option("--data-root", envvar="EIGEN2ARC_DATA", help="Folder that holds the real sets: lfw/, orl/, fddb/ ..."),
]
Device = Annotated[str, typer.Option("--device", help="Where the networks run: auto, cpu or cuda.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]
Preprocessing = Annotated[
    str,
    typer.Option(help="Steps on the crops: gamma,tan_triggs, or a TOML list with settings. See `list preprocessing`."),
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.")]


def stage_settings(pairs: Sequence[str] | None, stages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Parse ["detector.min_size_px=40", ...] to settings by stage. A value is TOML; a bare word is a string.

    Raises UserError for a key that does not start with one of the stages.
    """
    settings: dict[str, dict[str, Any]] = {stage: {} for stage in stages}
    for key, value in parse_settings(pairs or ()).items():
        if key.partition(".")[0] not in settings or "." not in key:
            raise UserError(f"--set {key}: expected STAGE.SETTING=VALUE with STAGE one of {', '.join(stages)}")
        set_setting(settings, key, value, "the stages")
    return settings


def step_tables(text: str) -> list[dict[str, Any]]:
    """Parse steps, "gamma,tan_triggs" or a TOML list of names and tables, to tables of a name and settings.

    Raises UserError for anything else.
    """
    steps = toml_value(text) if text.lstrip().startswith("[") else text.replace(",", " ").split()
    return [as_table(step, f"{text}: step") for step in steps]


def build_dataset(name: str, settings: Mapping[str, Any], data_root: Path | None) -> "Dataset":
    """Build a data set, with the data root where it is read from files. Raises UserError where that is not given."""
    from eigen2arc.core import plugins

    return plugins.build("dataset", name, **rooted(name, settings, data_root))


def rooted(name: str, settings: Mapping[str, Any], data_root: Path | None) -> dict[str, Any]:
    """Add the data root to a data set's settings where it is read from files, and to those of the sets inside it.

    Raises UserError where the data root is needed and not given.
    """
    from eigen2arc.core import plugins

    known = plugins.find("dataset", name).settings
    if "root" in known and "root" not in settings:
        if data_root is None:
            raise UserError(f"{name} is read from files: say where with --data-root DIR or EIGEN2ARC_DATA=DIR")
        return {**settings, "root": str(data_root)}
    if "sets" in known and isinstance(settings.get("sets"), list):
        return {**settings, "sets": [_rooted_table(table, data_root) for table in settings["sets"]]}
    return dict(settings)


def _rooted_table(table: Any, data_root: Path | None) -> Any:
    """A table of name and settings, rooted; anything else is returned as it is, for the data set to refuse."""
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        return table
    settings = {key: value for key, value in table.items() if key != "name"}
    return {"name": table["name"], **rooted(table["name"], settings, data_root)}


def with_device(kind: str, name: str, settings: dict[str, Any], device: str) -> dict[str, Any]:
    """Add the device to the settings of a plug-in that has one."""
    from eigen2arc.core import plugins

    return {"device": device} | settings if "device" in plugins.find(kind, name).settings else settings
