"""`eigen2arc cluster`: which faces of a folder of photos show one person?"""

import csv
import io
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .options import AsJson, Device, EncoderName, NetworkFile, out_file, out_folder

if TYPE_CHECKING:
    from eigen2arc.compare.clusters.grouping import Groups

#: Of --csv; cluster is a number from 1, empty for a face that is like no other, and left_out says why one is in none.
COLUMNS = "image x1 y1 x2 y2 cluster score detection eyes_px sharpness left_out"

#: So many people are named on the terminal, and so many of the images of each.
NAMED, IMAGES_NAMED = 20, 3


def cluster(
    folder: Annotated[Path, typer.Argument(help="A folder of photos, in folders or not; nobody has to be named.")],
    out: Annotated[
        Path | None,
        out_folder(
            "Write a folder a person with a cut of each face, OUT/people/0001 ..., and OUT/alone.", show_default=False
        ),
    ] = None,
    table: Annotated[Path | None, out_file("Write a line a face into this file.", "--csv")] = None,
    encoder: EncoderName = "",
    network: NetworkFile = None,
    clusterer: Annotated[str, typer.Option("--clusterer", help="See `eigen2arc list clusterer`.")] = "average_linkage",
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="Two faces with this score or more are alike enough; the higher, the more alike.",
            show_default="by the encoder's calibration",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration", help="A calibration of the encoder's pairs of yours.", show_default="the shipped one"
        ),
    ] = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Group the faces of a folder of photos by who they show, whoever that is: a number for each person.

    The threshold depends on how many faces there are: the more, the likelier two strangers look alike. The line that
    names it says how often that is, and on whom it was measured.

    Faces with too few pixels between the eyes, or blurred, are in no group, and are counted; so are those that are like
    no other face. No photo is changed or moved: with --out each face is cut out, and in OUT/people nothing is removed
    but such cuts of an earlier run. With --out what is computed is kept in OUT/artefacts, which may be deleted: a
    command that was stopped goes on where it was.

    The exit code is 1 where no face was found, and 2 for an error; a photo that cannot be read is named, and the others
    are grouped.
    """
    from eigen2arc.compare.clusters.faces import read_folder
    from eigen2arc.compare.clusters.grouping import choose_threshold, group
    from eigen2arc.compare.clusters.people_folders import check_people_folders, write_people_folders
    from eigen2arc.core.artefacts import Store
    from eigen2arc.core.component import Component
    from eigen2arc.core.files import read_json, write_text
    from eigen2arc.core.preferred import choose_recognizer
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.recognize.calibration.pair_calibration import PairCalibration
    from eigen2arc.recognize.calibration.reading import Reading
    from eigen2arc.recognize.calibration.shipped import shipped_calibration

    if out is not None:
        if out.resolve().is_relative_to(folder.resolve()):
            raise UserError(f"--out {out}: lies in the folder of the photos: take another one")
        check_people_folders(out)
    grouper = Component.parse("clusterer", clusterer, "--clusterer")
    recognizer = choose_recognizer(encoder, network)
    parts = [part.with_defaults(device=device) for part in recognizer[:3]]
    matcher = str(parts[2].built.matcher)
    known = None
    if threshold is None:
        reading = Reading.of(*parts, Component("matcher", matcher))
        known = shipped_calibration(reading) if calibration is None else read_json(calibration, PairCalibration)
        if known is not None and (other := known.reading.difference(reading)):
            raise UserError(f"--calibration {calibration}: was made with another {other.removeprefix('the ')}")
    choose_threshold(known, 0, threshold, recognizer.encoder.name)  # before the work begins
    if not json:
        say(recognizer.announcement)
    with ExitStack() as stack:
        kept = out / "artefacts" if out is not None else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress = stack.enter_context(progress_bars())
        faces = read_folder(folder, recognizer, store=Store(kept), progress=progress, device=device)
        for problem in faces.unreadable.values():
            say(f"eigen2arc: {problem}", error=True)
        origin = choose_threshold(known, int((faces.unclear == "").sum()), threshold, recognizer.encoder.name)
        groups = group(faces, matcher, grouper, origin)
        cuts = [""] * len(faces) if out is None else write_people_folders(groups, out, progress)
    if table is not None:
        write_text(table, _csv(groups))
    if json:
        say_json(_described(groups, cuts, recognizer.announcement, clusterer))
    else:
        _print(groups, out)
    if not len(faces):
        say(f"eigen2arc: {folder}: no face was found in {_counted(len(faces.names), 'image')}", error=True)
        raise typer.Exit(1)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _print(groups: "Groups", out: Path | None) -> None:
    faces = groups.faces
    empty = len(faces.names) - len(set(faces.image.tolist())) - len(faces.unreadable)
    counts = [f"{_counted(len(faces), 'face')} in {_counted(len(faces.names), 'image')}"]
    counts += [f"{_counted(empty, 'image')} without a face"] if empty else []
    counts += [f"{_counted(len(faces.unreadable), 'file')} cannot be read"] if faces.unreadable else []
    say("; ".join(counts))
    say(groups.origin.words)
    tiny, blurred = (int((groups.unclear == word).sum()) for word in ("tiny", "blurred"))
    grouped = int((groups.cluster >= 0).sum())
    parts = [f"{_counted(groups.people, 'person', 'people')} with two faces or more: {_counted(grouped, 'face')}"]
    parts += [f"{_counted(len(groups.alone), 'face')} like no other"]
    parts += [f"{tiny:,} too small to be told apart"] if tiny else []
    parts += [f"{blurred:,} too blurred"] if blurred else []
    say("; ".join(parts))
    for number in range(min(groups.people, NAMED)):
        members = groups.members(number)
        names = list(dict.fromkeys(faces.names[i] for i in faces.image[members].tolist()))
        more = f", {len(names) - IMAGES_NAMED:,} more" if len(names) > IMAGES_NAMED else ""
        say(f"  {number + 1}: {_counted(len(members), 'face')}: {', '.join(names[:IMAGES_NAMED])}{more}")
    if groups.people > NAMED:
        say(f"  and {groups.people - NAMED:,} more people; --csv has them all")
    if out is not None:
        say(f"faces: {out / 'people'}")


def _row(groups: "Groups", face: int) -> Json:
    """One face as plain values."""
    faces, cluster = groups.faces, int(groups.cluster[face])
    return {
        "image": faces.names[faces.image[face]],
        "box": [round(float(side), 2) for side in faces.boxes[face]],
        "cluster": None if cluster < 0 else cluster + 1,
        "score": None if cluster < 0 else float(groups.score[face]),
        "detection": float(faces.detection[face]),
        "eyes_px": round(float(faces.eyes_px[face]), 2),
        "sharpness": round(float(faces.sharpness[face]), 5),
        "left_out": str(groups.unclear[face]),
    }


def _described(groups: "Groups", cuts: list[str], announcement: str, clusterer: str) -> Json:
    rows = [_row(groups, face) | ({"cut": cut} if cut else {}) for face, cut in enumerate(cuts)]
    return {
        "folder": str(groups.faces.folder),
        "recognizer": announcement,
        "matcher": groups.matcher,
        "clusterer": clusterer,
        "threshold": groups.origin.threshold,
        "false_match_rate": groups.origin.fmr,
        "origin": groups.origin.words,
        "images": len(groups.faces.names),
        "people": groups.people,
        "faces": rows,
        "unreadable": groups.faces.unreadable,
    }


def _csv(groups: "Groups") -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS.split())
    for face in range(len(groups.faces)):
        row = _row(groups, face)
        box = row.pop("box")
        cells = [row.pop("image"), *box, *row.values()]
        writer.writerow(["" if cell is None else cell for cell in cells])
    return buffer.getvalue()
