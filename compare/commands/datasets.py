"""`eigen2arc datasets`: which sets there are, what is in one, whether it is complete, and getting or making one."""

import importlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core import plugins
from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json
from eigen2arc.core.outputs import output_folder
from eigen2arc.core.progress import progress_bars

from .check import check
from .clean import clean
from .options import AsJson, DataRoot, Set, components, hold_folder
from .overlap import overlap
from .pack import pack

if TYPE_CHECKING:
    from eigen2arc.core.types import Dataset

app = typer.Typer(help="Real sets and synthetic ones: list, describe, check, fetch, make.", no_args_is_help=True)
app.command("check")(check)
app.command("clean")(clean)
app.command("overlap")(overlap)
app.command("pack")(pack)

#: The user's own sets, containers that others name, and a set of another's people: their root is anywhere.
ANYWHERE = ("folder", "face_boxes", "train_valid", "recordio", "shards", "insightface_bin", "open_set")

Name = Annotated[str, typer.Argument(help="A data set; see `eigen2arc datasets list`.")]


@app.command("list")
def list_sets(data_root: DataRoot = None, json: AsJson = False) -> None:
    """List the data sets, and which of them are in the data root."""
    rows: list[Json] = [
        {"name": p.name, "summary": p.summary, "settings": list(p.settings), "there": _is_there(p, data_root)}
        for p in plugins.plugins("dataset").values()
    ]
    if json:
        say_json(rows)
        return
    from eigen2arc.core.fitted_table import Column, FittedTable

    columns = [Column("name"), Column("there"), Column("description", words=True), Column("settings", words=True)]
    there = {True: "yes", False: "no", None: "-"}
    cells = [[row["name"], there[row["there"]], row["summary"], ", ".join(row["settings"])] for row in rows]
    show(FittedTable(columns, cells, words_below=True))


@app.command()
def info(name: Name, data_root: DataRoot = None, settings: Set = None, json: AsJson = False) -> None:
    """Show what is in a data set: people, images, pairs, folds, protocol, version.

    Settings: --set dataset.view=people
    """
    described = _describe(_open(name, data_root, settings))
    if json:
        say_json(described)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False)
    for key, value in described.items():
        lines = [f"{k}: {v}" for k, v in value.items()] if isinstance(value, dict) else value
        text = "\n".join(lines) if isinstance(lines, list) else str(lines)
        table.add_row(Text(key, "bold"), Text("-" if value in (None, [], {}) else text))
    show(table)


@app.command()
def verify(name: Name, data_root: DataRoot = None, settings: Set = None, json: AsJson = False) -> None:
    """Read every image of a data set; prints each that cannot be read, and the exit code is then 2."""
    dataset = _open(name, data_root, settings)
    unreadable = []

    def read(index: int) -> str | None:
        try:
            dataset.images[index]
        except UserError as error:
            return str(error)
        return None

    with progress_bars() as progress, ThreadPoolExecutor() as pool:
        indices = range(len(dataset.images))
        for problem in progress.track(pool.map(read, indices), total=len(indices), description=f"verify {name}"):
            if problem is not None:
                say(problem, error=True)
                unreadable.append(problem)
    if json:
        say_json({"name": name, "images": len(dataset.images), "unreadable": unreadable})
    else:
        say(f"{name}: {len(dataset.images) - len(unreadable)} of {len(dataset.images)} images can be read")
    if unreadable:
        raise typer.Exit(2)


@app.command()
def fetch(name: Name, data_root: DataRoot = None) -> None:
    """Download a data set's files from their makers into the data root, where that is possible."""
    from rich.progress import DownloadColumn, TaskID, TransferSpeedColumn

    from eigen2arc.datasets.download.fetching import fetch_set

    plugin = plugins.find("dataset", name)
    module = importlib.import_module(plugin.module)
    files = getattr(module, "FILES", ())
    if not files:
        layout = getattr(module, "LAYOUT", "")
        below = [layout] if layout else []
        raise UserError(f"{name}: there is nothing to fetch{'. Expected:' if below else ''}", *below)
    if data_root is None:
        raise UserError(f"{name}: say where it belongs with --data-root DIR or EIGEN2ARC_DATA=DIR")
    folder = data_root / name
    with output_folder(folder), progress_bars(DownloadColumn(), TransferSpeedColumn()) as progress:
        tasks: dict[str, TaskID] = {}

        def show(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(file, total=total)
            progress.update(tasks[file], completed=done)

        fetch_set(files, folder, module.LAYOUT, show)
    say(f"{name}: fetched into {folder}; `eigen2arc datasets verify {name}` reads it through")


@app.command()
def synthesize(
    out: Annotated[
        Path, typer.Argument(help="A new folder: one folder per person, and labels.csv.", callback=hold_folder)
    ],
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
    images_per_person: Annotated[int, typer.Option(min=1, help="How many images of each.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed draws the same people and images.")] = 0,
    size_px: Annotated[int, typer.Option(min=16, help="Width and height of an image.")] = 160,
    suffix: Annotated[str, typer.Option(help=".png, .jpg or .webp.")] = ".png",
) -> None:
    """Render synthetic people as image files, with every factor, box and landmark in labels.csv."""
    from eigen2arc.core.image import write
    from eigen2arc.datasets.lists.export_csv import write_labels

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: is already there and not an empty folder; name a new one")
    dataset = plugins.build(
        "dataset", "synthetic", people=people, images_per_person=images_per_person, seed=seed, size_px=size_px
    )
    files = [f"{person}/{number:04d}{suffix}" for person in dataset.people for number in range(images_per_person)]

    def draw(index: int) -> None:
        write(out / files[index], dataset.images[index])

    with progress_bars() as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        drawn = pool.map(draw, range(len(files)))
        for _ in progress.track(drawn, total=len(files), description="synthesize"):
            pass
    write_labels(out / "labels.csv", dataset, files)
    say(f"{out}: {len(files)} images of {people} people, and labels.csv")


def _open(name: str, data_root: Path | None, settings: list[str] | None) -> "Dataset":
    return components(settings, data_root, dataset=name)["dataset"].built


def _is_there(plugin: plugins.Plugin, data_root: Path | None) -> bool | None:
    """Whether a set is in the data root; None for one that needs none, or whose root is anywhere."""
    if "root" not in plugin.settings or plugin.name in ANYWHERE:
        return None
    return data_root is not None and (data_root / plugin.name).is_dir()


def _describe(dataset: "Dataset") -> Json:
    trials, fold = dataset.trials, dataset.fold
    folds = trials.fold if trials is not None else fold
    return {
        "name": dataset.name,
        "protocol": dataset.protocol,
        "people": len(dataset.people),
        "images": len(dataset.images),
        "faces": None if dataset.faces is None else sum(len(faces.counted) for faces in dataset.faces),
        "pairs": None if trials is None else len(trials),
        "same": None if trials is None else int(trials.same.sum()),
        "folds": {} if folds is None else {str(f): int((folds == f).sum()) for f in sorted(set(folds.tolist()))},
        "rounds": None if dataset.splits is None else len(dataset.splits),
        "factors": list(dataset.factors),
        "groups": {name: ", ".join(sorted(set(of) - {""})) for name, of in dataset.groups.items()},
        "notes": list(dataset.notes),
        "version": dataset.images.version,
    }
