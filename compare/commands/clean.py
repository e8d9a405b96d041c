"""`eigen2arc datasets clean`: which images of a labelled set are similar to the others of their person."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .options import AsJson, DataRoot, Device, Set, components, out_file

if TYPE_CHECKING:
    from eigen2arc.compare.data_tools.cleaning import Cleaned


def clean(
    name: Annotated[str, typer.Argument(help="A data set that says who is who; see `eigen2arc datasets list`.")],
    out: Annotated[Path, out_file("The list of kept images, NAME.csv; metrics go to NAME.json.")],
    threshold_deg: Annotated[
        float, typer.Option(help="An image farther from the centre of its person's images is left out.")
    ],
    rounds: Annotated[int, typer.Option(min=1, help="How often centres are estimated again, at most.")] = 3,
    encoder: Annotated[
        str, typer.Option(help="One that needs no fitting. See `eigen2arc list encoder`.")
    ] = "embedding",
    detector: Annotated[
        str | None,
        typer.Option(help="See `eigen2arc list detector`.", show_default="the set's own boxes, else whole images"),
    ] = None,
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    data_root: DataRoot = None,
    settings: Set = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Write a keep list of images near their class centre, for --set dataset.kept=NAME.csv.

    Settings: --set encoder.weights=best.safetensors --set dataset.split=train. Vectors are cached in the folder
    NAME.vectors next to the list, so another threshold needs no encoding, and a killed run resumes; it may be deleted.
    Of a set with a training part, only that is cleaned.
    """
    import numpy as np

    from eigen2arc.compare.data_tools.cleaning import clean as by_distance
    from eigen2arc.compare.data_tools.crop_vectors import crop_vectors
    from eigen2arc.core.artefacts import Store
    from eigen2arc.core.files import write_json
    from eigen2arc.core.outputs import check_file
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.datasets.lists.keep_list import write_keep_list

    if out.suffix != ".csv":
        raise UserError(f"--out {out}: expected a name that ends in .csv")
    check_file(out.with_suffix(".vectors") / "any")
    chosen = components(settings, data_root, dataset=name, detector=detector, aligner=aligner, encoder=encoder)
    on_device = {kind: component.with_defaults(device=device) for kind, component in chosen.items()}
    if chosen["encoder"].learns:
        raise UserError(f"--encoder {encoder}: has to be fitted first: give --set encoder.model=..., or another one")
    dataset = chosen["dataset"].built
    if dataset.labels is None:
        raise UserError(f"{dataset.name} does not say who is who: choose a set with labels")
    with progress_bars() as progress:
        store = Store(out.with_suffix(".vectors"))
        vectors, has_face = crop_vectors(
            dataset, on_device.get("detector"), on_device["aligner"], on_device["encoder"], store, progress
        )
    rows = np.flatnonzero(has_face)
    if not len(rows):
        raise UserError(f"{dataset.name}: no image shows a face; give a --detector")
    learned = np.where(dataset.training, dataset.labels, -1)
    result = by_distance(vectors[rows], learned[rows], threshold_rad=np.deg2rad(threshold_deg), rounds=rounds)
    names = dataset.images.names
    write_keep_list(out, [names[row] for row in rows[result.kept]])
    summary = {
        "dataset": dataset.protocol,
        "encoder": chosen["encoder"].table(),
        "threshold_deg": threshold_deg,
        "rounds": rounds,
        "images": len(names),
        "without_a_face": len(names) - len(rows),
        **_metrics(result, dataset.people),
    }
    write_json(out.with_suffix(".json"), summary)
    if json:
        say_json(summary)
        return
    say(f"{out}: {summary['kept']:,} of {summary['images']:,} images kept, {summary['without_a_face']:,} show no face")
    say("angle to the centre, degrees: " + ", ".join(f"{p} %: {v:.1f}" for p, v in summary["angle_deg"].items()))


def _metrics(result: "Cleaned", people: Sequence[str]) -> Json:
    """How many images are kept, percentiles of the angle over all images, and the counts of each person."""
    import numpy as np

    angles = np.rad2deg(result.angle_rad[~np.isnan(result.angle_rad)])
    rows = zip(result.people, result.images, result.left, strict=True)
    return {
        "kept": int(result.kept.sum()),
        "angle_deg": {str(p): float(np.percentile(angles, p)) for p in (1, 10, 50, 90, 99)} if len(angles) else {},
        "people": [{"name": people[person], "images": int(n), "kept": int(left)} for person, n, left in rows],
    }
