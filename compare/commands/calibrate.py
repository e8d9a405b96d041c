"""`eigen2arc calibrate`: what the scores of an encoder mean, measured on photos of labelled people."""

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Device, NetworkFile, Preprocessing, Set, components, out_file, out_folder
from .stages import AnyAligner, AnyDetector, AnyEncoder, AnyMatcher, choose_stages

if TYPE_CHECKING:
    from eigen2arc.core.types import Dataset
    from eigen2arc.recognize.calibration.pair_calibration import PairCalibration


def calibrate(
    out: Annotated[Path, out_file("The file to write, for `verify --calibration FILE`.")],
    photos: Annotated[
        Path | None,
        typer.Argument(help="A folder of photos, one folder per person, several photos of each.", show_default=False),
    ] = None,
    dataset: Annotated[
        str, typer.Option(help="In place of PHOTOS a data set that says who is who, see `eigen2arc list dataset`.")
    ] = "",
    half: Annotated[
        Literal["", "first", "second"],
        typer.Option(help="Take one half of the people, by their names, so that the other one can test it: first."),
    ] = "",
    encoder: AnyEncoder = "",
    network: NetworkFile = None,
    detector: AnyDetector = "",
    aligner: AnyAligner = "",
    preprocessing: Preprocessing = "",
    matcher: AnyMatcher = "",
    cache: Annotated[
        Path | None,
        out_folder("Keep what is computed here: what was interrupted goes on.", "--cache", show_default=False),
    ] = None,
    data_root: DataRoot = None,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Measure what scores of pairs mean, on photos of people whose names are known: thresholds and probabilities.

    Every two photos are compared. The file has thresholds for false match rates, what each will be with other people,
    and how likely two faces with a score are one person's; no image, name or vector is in it. A rate that the people
    are too few for is marked, and not used.

    Photos in a wrong folder, or twice, make it wrong: look first with `datasets check`. Faces that are tiny or blurred
    are left out, as `verify` decides nothing by them. Settings: --set dataset.view=people.
    """
    import numpy as np

    from eigen2arc.compare.calibration.people import MOST_EACH, choose_images, read_people
    from eigen2arc.core.artefacts import Store
    from eigen2arc.core.files import write_json
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.recognize.calibration.pair_calibration import calibrate_pairs

    own = [pair for pair in settings or () if not pair.startswith("dataset.")]
    labelled = _dataset(photos, dataset, data_root, [pair for pair in settings or () if pair not in own])
    assert labelled.labels is not None
    stages = choose_stages(
        encoder=encoder,
        network=network,
        detector=detector,
        aligner=aligner,
        matcher=matcher,
        preprocessing=preprocessing,
        settings=own,
        device=device,
    )
    if not json:
        say(stages.recognizer.announcement)
    rows = choose_images(labelled.people, labelled.labels, half)
    if not len(rows):
        raise UserError(f"{labelled.name}: has nobody in it")
    with ExitStack() as stack:
        kept = cache or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress = stack.enter_context(progress_bars())
        read = read_people(labelled, rows, stages.recognizer, stages.preprocessing, Store(kept), progress, device)
    score = np.asarray(stages.matcher.built.score(read.vectors, read.vectors))
    which = f", the {half} half of its people" if half else ""
    made = calibrate_pairs(
        score,
        read.person,
        data=f"{_title(labelled, photos)}{which}, at most {MOST_EACH} images of each",
        date=datetime.now(UTC).date().isoformat(),
        reading=stages.reading,
    )
    write_json(out, made.to_json())
    if json:
        say_json(made.to_json())
    else:
        _print(made, read.left_out, out)


def _dataset(photos: Path | None, name: str, data_root: Path | None, settings: list[str]) -> "Dataset":
    if (photos is None) == (not name):
        raise UserError("say which photos: a folder of them, or --dataset NAME")
    given = components(settings, photos or data_root, dataset=name or "folder")
    dataset: Dataset = given["dataset"].built
    if dataset.labels is None:
        raise UserError(f"{dataset.name}: does not say who is on an image; lfw does with --set dataset.view=people")
    return dataset


def _title(dataset: "Dataset", photos: Path | None) -> str:
    """The data, in words: of a user's photos the folder's name alone."""
    return f"the photos of {photos.resolve().name}" if photos is not None else dataset.protocol or dataset.name


def _print(made: "PairCalibration", left_out: int, out: Path) -> None:
    from rich.table import Table

    from eigen2arc.core.console import show

    table = Table("false match rate", "threshold", "with other people", "one person's refused", "", box=None)
    for point in made.points:
        table.add_row(
            f"{100 * point.asked:g} %",
            f"{point.threshold:.4f}",
            f"{100 * point.fmr.low:.2g} to {100 * point.fmr.high:.2g} %",
            f"{100 * point.fnmr.value:.2g} % ({100 * point.fnmr.low:.2g} to {100 * point.fnmr.high:.2g} %)",
            "" if point.promised else "too few people",
        )
    show(table)
    refused = made.different
    say(f"different below {refused.threshold:.4f}: {100 * refused.fnmr.value:.2g} % of one person's pairs lie there")
    say(f"log-likelihood ratio = {made.slope:.5g} * score + {made.offset:.5g}")
    unused = f"; {left_out:,} images without a face that is large and sharp enough are not used" if left_out else ""
    say(
        f"{out}: {made.people:,} people, {made.images:,} images, {made.genuine:,} pairs of one person, "
        f"{made.impostor:,} of two{unused}"
    )
