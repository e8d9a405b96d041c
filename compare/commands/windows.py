"""`eigen2arc classical windows`: every feature with every classifier on CBCL's patches, one table and one figure."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.files import Json

from .options import AsJson, DataRoot, Set, components, out_folder


def windows(
    out: Annotated[Path, out_folder("Folder for metrics.json and roc.svg.")],
    dataset: Annotated[str, typer.Option(help="A set of patches labelled face and non-face.")] = "cbcl",
    split_seed: Annotated[
        int | None,
        typer.Option(help="Draw the halves at random.", show_default="the set's own test part, else the files' order"),
    ] = None,
    size_px: Annotated[int, typer.Option(help="Side of the windows, to which all patches are scaled.")] = 24,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Evaluate every feature with every classifier: ROC, time to fit, time a window."""
    from eigen2arc.compare.detection_study.windows import evaluate_all, read_patches, write_figure
    from eigen2arc.core import plugins
    from eigen2arc.core.files import write_json

    source = components(settings, data_root, dataset=dataset)["dataset"].built
    patches = read_patches(source, size_px, split_seed)
    evaluations = evaluate_all(patches, list(plugins.plugins("feature")), list(plugins.plugins("classifier")), size_px)
    near_duplicates = patches.near_duplicates()
    note = f"{near_duplicates:.1%} of the test faces have a near-duplicate among the training faces"
    document: Json = {
        "protocol": f"{source.protocol}; {patches.split}",
        "size_px": size_px,
        "test_faces": int((patches.faces & ~patches.training).sum()),
        "test_others": int((~patches.faces & ~patches.training).sum()),
        "near_duplicates": near_duplicates,
        "results": [one.metrics() for one in evaluations],
    }
    write_json(out / "metrics.json", document)
    write_figure(
        out / "roc.svg",
        evaluations,
        "Faces or not: every feature with every classifier",
        f"{document['protocol']}. {note}.",
    )
    if json:
        say_json(document)
        return
    _print(document, note)
    say(f"{out / 'metrics.json'} and {out / 'roc.svg'}")


def _print(document: Json, note: str) -> None:
    from eigen2arc.core.fitted_table import Column, FittedTable

    numbers = ("D", "AUC", "TPR at 1e-2", "at 1e-3", "fit s", "us/window")
    rows = []
    for row in document["results"]:
        rates = [f"{row['tpr_at_fpr'][name]:.4f}" for name in ("1e-2", "1e-3")]
        time_us = row["describe_us"] + row["decide_us"]
        cells = [str(row["dimensions"]), f"{row['auc']:.5f}", *rates, f"{row['fit_s']:.1f}", f"{time_us:.0f}"]
        rows.append([row["feature"], row["classifier"], *cells])
    columns = [Column("feature"), Column("classifier"), *(Column(name, right=True) for name in numbers)]
    table = FittedTable(columns, rows, title=document["protocol"], notes=[note])
    show(table)
