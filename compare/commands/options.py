"""Options that several commands share, and how KEY=VALUE becomes a plug-in's settings."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eigen2arc.core.component import Component
from eigen2arc.core.console import say
from eigen2arc.core.errors import UserError
from eigen2arc.core.outputs import check_file, output_folder
from eigen2arc.core.settings import parse_settings, set_setting, toml_value

if TYPE_CHECKING:
    from eigen2arc.core.types import Dataset


def _at_home(root: Path | None) -> Path | None:
    return root and root.expanduser()


DataRoot = Annotated[
    Path | None,
    typer.Option(
        "--data-root",
        envvar="EIGEN2ARC_DATA",
        callback=_at_home,
        help="Folder that holds the real sets: lfw/, orl/, fddb/ ...",
    ),
]
Device = Annotated[str, typer.Option("--device", help="Where the networks run: auto, cpu or cuda.")]
EncoderName = Annotated[
    str,
    typer.Option(
        "--encoder", help="dlib_resnet, facenet or embedding.", show_default="the first of them that is there"
    ),
]
NetworkFile = Annotated[
    Path | None,
    typer.Option(
        "--network", help="An ONNX file of yours that encodes faces, in place of --encoder.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]
AsCsv = Annotated[
    bool, typer.Option("--csv", help="Print CSV: a row for each system and metric, with the ends of its interval.")
]
Preprocessing = Annotated[
    str,
    typer.Option(help="Steps on the crops: gamma,tan_triggs, or a TOML list with settings. See `list preprocessing`."),
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.")]


def hold_folder(context: typer.Context, folder: Path | None) -> Path | None:
    """Make the folder and hold it until the command ends, see output_folder; cli.main lets go of what it gave."""
    if folder is not None and not context.resilient_parsing:
        hold = context.with_resource if context.obj is None else context.obj.enter_context
        hold(output_folder(folder))
    return folder


def writable_file(context: typer.Context, file: Path | None) -> Path | None:
    """Check that a file can be written, see check_file, and return its path."""
    if file is not None and not context.resilient_parsing:
        check_file(file)
    return file


def out_folder(help: str, name: str = "--out", **more: Any) -> Any:
    """Make the option of a folder that a command writes into: it is checked, and held, before any work begins."""
    return typer.Option(name, help=help, callback=hold_folder, **more)


def out_file(help: str, name: str = "--out", **more: Any) -> Any:
    """Make the option of a file that a command writes: whether that is possible is checked before any work begins."""
    return typer.Option(name, help=help, callback=writable_file, **more)


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


def components(
    pairs: Sequence[str] | None, data_root: Path | None = None, device: str | None = None, **names: str | None
) -> dict[str, Component]:
    """Read the components of a command: ``names`` by kind, None where there is none, with the settings of ``pairs``.

    data_root, device : what those get that take such a setting. Raises UserError.
    """
    chosen = stage_settings(pairs, tuple(names))
    if (dataset := names.get("dataset")) is not None:
        chosen["dataset"] = rooted(dataset, chosen["dataset"], data_root)
    given = {kind: {"name": name, **chosen[kind]} for kind, name in names.items() if name is not None}
    return {kind: Component.parse(kind, one, f"--{kind}").with_defaults(device=device) for kind, one in given.items()}


def say_remarks(encoder: object) -> None:
    """Print what an encoder has to say of itself, see core.stages, beside the answers of a command."""
    if remarks := getattr(encoder, "remarks", ""):
        say(f"eigen2arc: encoder {remarks}", error=True)


def steps(text: str) -> list[Component]:
    """Read preprocessing steps, "gamma,tan_triggs" or a TOML list of names and tables.

    Raises UserError for anything else.
    """
    given = toml_value(text) if text.lstrip().startswith("[") else text.replace(",", " ").split()
    return [Component.parse("preprocessing", step, f"{text}: step") for step in given]


def build_training_part(name: str, settings: Mapping[str, Any], data_root: Path | None) -> "Dataset":
    """Build the training part of a set, with the data root where it is read from files.

    Raises UserError where that is not given.
    """
    from eigen2arc.core import plugins
    from eigen2arc.core.subset import training_part

    return training_part(plugins.build("dataset", name, **rooted(name, settings, data_root)))


def rooted(name: str, settings: Mapping[str, Any], data_root: Path | None) -> dict[str, Any]:
    """Add the data root to a data set's settings where it is read from files, and to those of the sets inside it.

    Raises UserError, which shows how its files are to lie, where the data root is needed and not given.
    """
    from eigen2arc.core import plugins

    plugin = plugins.find("dataset", name)
    known = plugin.settings
    if "root" in known and "root" not in settings:
        if data_root is None:
            there = "say where with --data-root DIR or EIGEN2ARC_DATA=DIR. Expected there"
            raise UserError(f"{name} is read from files: {there}:", import_module(plugin.module).LAYOUT)
        return {**settings, "root": str(data_root)}
    if "sets" in known and isinstance(settings.get("sets"), list):
        sets = [Component.parse("dataset", given, f"{name}, sets") for given in settings["sets"]]
        return {**settings, "sets": [{"name": one.name, **rooted(one.name, one.settings, data_root)} for one in sets]}
    return dict(settings)


def weights_folder(data_root: Path | None) -> dict[str, str]:
    """Return the paths {data_root} and {weights} of a suite: weights lie in weights/, in the root or next to it."""
    if data_root is None:
        return {}
    inside, sibling = data_root / "weights", data_root.parent / "weights"
    return {"data_root": str(data_root), "weights": str(inside if inside.is_dir() else sibling)}
