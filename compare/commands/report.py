"""`eigen2arc report`: make a run's page again, pass its figures on in one signed file, compare two runs."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, read_json

from .default_group import DefaultGroup
from .options import AsCsv, AsJson, out_file, out_folder, writable_file
from .printed_run import check_forms, print_run

app = typer.Typer(
    cls=DefaultGroup,
    help="Make a run's page again: `report RUN` (short for `report page RUN`). Bundle its figures, verify a bundle, "
    "compare two runs.",
)

RunDir = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run: the --out of `eigen2arc compare`.")]


@app.command()
def page(run_dir: RunDir, json: AsJson = False, csv: AsCsv = False) -> None:
    """Make report.html again from metrics.json, and print its figures; no model and no data set is needed."""
    from eigen2arc.compare.loss_study import page as loss_page
    from eigen2arc.compare.report import overlap_page, render

    check_forms(json, csv)
    others = {overlap_page.OVERLAP: overlap_page, loss_page.TABLE: loss_page}
    other = next((name for name in others if (run_dir / name).exists()), None)
    if other is None:
        print_run(run_dir, render.render(run_dir), json=json, csv=csv)
        return
    if csv:
        raise UserError(f"--csv: {run_dir} is no run of a suite: {other} is all that it has")
    made = others[other].render(run_dir)
    if json:
        say_json(read_json(run_dir / other, Json))
    else:
        say(f"report: {made}")


@app.command()
def bundle(
    run_dir: RunDir,
    out: Annotated[Path, out_file("The bundle, a zip.")],
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Private key that signs it: `eigen2arc report key` makes one.")
    ] = None,
) -> None:
    """Write a run's metrics, scores and hashes into one file, without images, for others to verify.

    The same run gives the same bytes. With --key it is signed, Ed25519. No image is in it, but names are: of image
    files, of people where the set knows them, and the command with its paths. Look whether you may pass them on.
    """
    from eigen2arc.compare.bundles.keys import read_key
    from eigen2arc.compare.bundles.write import write_bundle

    made = write_bundle(run_dir, out, None if key is None else read_key(key))
    say(f"{out}: {', '.join(made.files)}; {made.images_left_out:,} images left out")
    signed = "unsigned: hashes alone" if made.public_key is None else f"signed by {made.public_key}"
    say(f"{signed}; `eigen2arc report verify {out}` checks it")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `eigen2arc report bundle` wrote.")],
    public_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The key that has to have signed it: its line, ed25519:..., or a file."),
    ] = None,
    out: Annotated[
        Path | None, out_folder("Folder for the report that is made of it, without images.", show_default="none")
    ] = None,
    json: AsJson = False,
) -> None:
    """Check a bundle: its signature, every file's hash, and that its tables give the figures that it names.

    Accuracy, thresholds, AUC, EER, FNMR, HTER, rank-k, DIR, recall and differences are computed again from the tables.
    Intervals and p are not. With --out the report is made of it there. The exit code is 2 for what is not as it should.
    """
    from eigen2arc.compare.bundles.keys import read_public
    from eigen2arc.compare.bundles.read import opened
    from eigen2arc.compare.bundles.rebuild import rebuild

    wanted = None if public_key is None else read_public(public_key)
    with opened(file, wanted) as found:
        made = None if out is None else rebuild(found, out)
        manifest = found.manifest
    if json:
        say_json({**manifest.model_dump(), "key_was_given": wanted is not None, "recomputed": found.recomputed})
        return
    say(f"{file}: {len(manifest.files)} files are what was bundled; {manifest.images_left_out:,} images were left out")
    for line in found.recomputed:
        say(f"computed again, and as it says: {line}")
    say("taken as it says: intervals and p, groups, losses of a detector, cost and time")
    if manifest.public_key is None:
        say("NOBODY SIGNED IT: its files go together, but whoever made them up could have made that so")
    elif wanted is None:
        say(f"signed by {manifest.public_key}: whose key that is you have to know; --public-key asks for it")
    else:
        say(f"signed by {manifest.public_key}, as it was to be")
    if made is not None:
        say(f"report: {made}")


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run, or a bundle: before.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of a run, or a bundle: after.")],
    out: Annotated[
        Path | None, out_folder("Folder for the difference: diff.html and diff.json.", show_default="none")
    ] = None,
    json: AsJson = False,
) -> None:
    """Compare two runs: what was changed, what moved, by how much, and whether that is chance.

    Systems are matched by their ids, pairs, probes and images by their names where the data's version is the same. The
    difference is that of a paired comparison by people: what makes a test hard for both cancels.
    """
    from eigen2arc.compare.run_diff.difference import difference, shown, write_difference
    from eigen2arc.compare.run_diff.sides import side

    with side(first) as before, side(second) as after:
        document = difference(before, after)
    made = None if out is None else write_difference(document, out)
    if json:
        say_json(document)
        return
    show(*shown(document))
    if made is not None:
        say(f"page: {made}")


@app.command()
def key(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="New file for the private key.", callback=writable_file)],
) -> None:
    """Make a key pair: the private key's file, which nobody else may have, and the public key, a line for everybody."""
    from eigen2arc.compare.bundles.keys import make_key

    say(make_key(out))
