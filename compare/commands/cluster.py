"""`eigen2arc cluster`: which faces of a folder of photos show one person?"""

import csv
import io
import shlex
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .options import AsJson, Device, NetworkFile, out_file, out_folder
from .stages import AnyEncoder, choose_stages, known_calibration

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
            "Write a page, clusters.html, and a folder a person with a cut of each face, OUT/people/0001 ...",
            show_default=False,
        ),
    ] = None,
    table: Annotated[Path | None, out_file("Write a line a face into this file.", "--csv")] = None,
    encoder: AnyEncoder = "",
    network: NetworkFile = None,
    clusterer: Annotated[str, typer.Option("--clusterer", help="See `eigen2arc list clusterer`.")] = "chinese_whispers",
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
            "--calibration",
            help="A file that `calibrate` made with the same encoder.",
            show_default="the shipped one, where there is one",
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
    from eigen2arc.compare.report.clusters_page import CLUSTERS, render
    from eigen2arc.core.artefacts import Store
    from eigen2arc.core.component import Component
    from eigen2arc.core.files import write_json, write_text
    from eigen2arc.core.progress import progress_bars

    if out is not None:
        if out.resolve().is_relative_to(folder.resolve()):
            raise UserError(f"--out {out}: lies in the folder of the photos: take another one")
        check_people_folders(out)
    grouper = Component.parse("clusterer", clusterer, "--clusterer")
    stages = choose_stages(encoder=encoder, network=network, device=device)
    recognizer, matcher = stages.recognizer, stages.matcher.name
    known = known_calibration(stages, calibration) if threshold is None else None
    choose_threshold(known, 0, threshold, recognizer.encoder.name)  # before the work begins
    if not json:
        say(recognizer.announcement)
    with ExitStack() as stack:
        kept = out / "artefacts" if out is not None else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress = stack.enter_context(progress_bars())
        faces = read_folder(folder, recognizer, store=Store(kept), progress=progress)
        for problem in faces.unreadable.values():
            say(f"eigen2arc: {problem}", error=True)
        origin = choose_threshold(known, int((faces.unclear == "").sum()), threshold, recognizer.encoder.name)
        groups = group(faces, matcher, grouper, origin)
        cuts = [""] * len(faces) if out is None else write_people_folders(groups, out, progress)
    command = shlex.join(["eigen2arc", *sys.argv[1:]])
    found = {"command": command, **_described(groups, cuts, recognizer.announcement, clusterer)}
    if table is not None:
        write_text(table, _csv(found))
    if out is not None:
        write_json(out / CLUSTERS, found)
        page = render(out)
    if json:
        say_json(found)
    else:
        _print(found)
        if out is not None:
            say(f"page: {page}; faces: {out / 'people'}")
    if not len(faces):
        say(f"eigen2arc: {folder}: no face was found", error=True)
        raise typer.Exit(1)


def _print(found: Json) -> None:
    from eigen2arc.compare.report.clusters import counted, people, summary

    for line in summary(found):
        say(line)
    rows = people(found)
    for row in rows[:NAMED]:
        names = row["images"]
        more = f", {len(names) - IMAGES_NAMED:,} more" if len(names) > IMAGES_NAMED else ""
        say(f"  {row['number']}: {counted(len(row['faces']), 'face')}: {', '.join(names[:IMAGES_NAMED])}{more}")
    if len(rows) > NAMED:
        say(f"  and {counted(len(rows) - NAMED, 'more person', 'more people')}; --csv has them all")


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


def _csv(found: Json) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS.split())
    for face in found["faces"]:
        cells = [face["image"], *face["box"], *(face[key] for key in COLUMNS.split()[5:])]
        writer.writerow(["" if cell is None else cell for cell in cells])
    return buffer.getvalue()
