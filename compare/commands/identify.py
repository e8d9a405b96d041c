"""`eigen2arc identify`: whose faces are these, by a gallery, or by a system that a run has fitted?"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .drawn_copies import copies, copy_of
from .kept_system import kept_file
from .options import AsJson, Device, out_file, out_folder

if TYPE_CHECKING:
    import numpy as np

    from eigen2arc.compare.data_tools.video_frames import Frame
    from eigen2arc.recognize.naming.known_people import KnownPeople
    from eigen2arc.recognize.naming.namer import NamedFace

#: Of --csv, whose numbers are the same when they are read again; frame is that of a video.
COLUMNS = (
    "image frame x1 y1 x2 y2 named nearest score runner_up runner_up_score distance_to_threshold "
    "probability verdict weak"
)

#: What drawn copies say of themselves.
MADE_BY = "eigen2arc identify"

#: Of drawn boxes, on which white letters are read: of the named, of the unknown, and of those of whom nothing is told.
NAMED, UNKNOWN, UNTOLD = (0, 125, 65), (185, 60, 20), (95, 95, 95)


def identify(
    images: Annotated[list[Path], typer.Argument(help="Images, videos, and folders of both.")],
    gallery: Annotated[
        Path | None,
        typer.Option("--gallery", help="Folder of a gallery, see `eigen2arc gallery build`: its people are known."),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option("--run", help="Folder of a run with identification, instead of a gallery: its people are known."),
    ] = None,
    system: Annotated[
        str,
        typer.Option(
            "--system", metavar="NAME", help="Of a run, the system's id or name; not needed where there is but one."
        ),
    ] = "",
    table: Annotated[Path | None, out_file("Write a line a face into this file, too.", "--csv")] = None,
    draw: Annotated[Path | None, out_folder("Folder for copies with boxes and names drawn in.", "--draw")] = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Name every face of some images, or say that nobody knows it, by a gallery, or by a system of a run.

    The first line says who answers, whom it knows, and its threshold: from which score on somebody is named, how often
    a stranger is then taken for somebody, and on whose faces that was measured. A gallery or a run without strangers
    has no threshold: then the most alike person is named, whoever it is.

    A person's score is that of the mean of the person's images in a gallery, and of the most alike one in a run. A face
    at a time, the best detection first: its
    box, who it is or "unknown", how probable it is that this is right where a gallery was calibrated, the score, the
    runner-up, the distance to the threshold. A face that is not named and is too small or too blurred to be known is
    said to be that, and not to be unknown.

    The people of a run are those of its gallery, of its first round if it has several; of compare mine all.

    Where an image shows no face the exit code is 1; a file that cannot be read does not stop the others, and the exit
    code is 2.
    """
    from eigen2arc.compare.data_tools.face_labels import font_of
    from eigen2arc.compare.data_tools.video_frames import batches, find_sources
    from eigen2arc.core.files import write_text
    from eigen2arc.recognize.naming.namer import name_faces

    failures: list[Exception] = []

    def on_error(error: Exception) -> None:
        say(f"eigen2arc: {error}", error=True)
        failures.append(error)

    known = _known(gallery, run, system, device)
    if not json:
        say(known.describe())
    for caution in known.cautions():
        say(f"eigen2arc: {caution}", error=True)
    found = find_sources(images, on_error)
    drawn = {} if draw is None else copies(found, images, draw, MADE_BY)
    rows: list[Json] = []
    without_font: dict[str, None] = {}
    for batch in batches(found if draw is None else list(drawn), on_error):
        for frame, faces in zip(batch, name_faces(known, [one.image for one in batch]), strict=True):
            rows.append(_row(frame, faces))
            if not json:
                _print(rows[-1])
            if draw is not None:
                _draw(copy_of(drawn[frame.path], frame.number, MADE_BY), frame.image, faces)
                without_font |= dict.fromkeys(one.named for one in faces if one.named and font_of(one.named) is None)
            if not faces:
                say(f"eigen2arc: {_where(rows[-1])}: no face was found", error=True)
    for name in without_font:
        say(f"eigen2arc: --draw: no font here has the letters of {name}: the face's number was drawn", error=True)
    if table is not None:
        write_text(table, _csv(rows))
    if json:
        say_json({"system": known.as_json(), "images": rows})
    if failures or not rows:
        raise typer.Exit(2)
    if not all(row["faces"] for row in rows):
        raise typer.Exit(1)


def _known(gallery: Path | None, run: Path | None, system: str, device: str) -> "KnownPeople":
    """The people of a gallery, or those of a run's system."""
    from eigen2arc.recognize.gallery.gallery import Gallery
    from eigen2arc.recognize.naming.gallery_people import GalleryPeople
    from eigen2arc.recognize.naming.system_people import SystemPeople
    from eigen2arc.recognize.systems.system_file import load

    if (gallery is None) == (run is None):
        asked = "say whose people are known" if run is None else "say either"
        raise UserError(f"{asked}: --gallery FOLDER, see eigen2arc gallery build, or --run FOLDER")
    if run is not None:
        return SystemPeople(load(kept_file(run, system), device))
    if system:
        raise UserError("--system: goes with --run; a gallery has one encoder")
    assert gallery is not None
    return GalleryPeople(Gallery.open(gallery, device))


def _row(frame: "Frame", faces: list["NamedFace"]) -> Json:
    """One image's faces as plain values."""
    return {
        "image": str(frame.path),
        **({} if frame.number is None else {"frame": frame.number}),
        "faces": [
            {
                "box": [round(v, 2) for v in face.box],
                "named": face.named,
                "nearest": face.nearest,
                "score": face.score,
                "runner_up": face.runner_up,
                "runner_up_score": face.runner_up_score,
                "distance_to_threshold": face.distance,
                "probability": face.probability,
                "verdict": face.verdict,
                "weak": face.weak,
            }
            for face in faces
        ],
    }


def _where(row: Json) -> str:
    return f"{row['image']} frame {row['frame']}" if "frame" in row else str(row["image"])


def _print(row: Json) -> None:
    if not row["faces"]:
        return
    count = len(row["faces"])
    say(f"{_where(row)}: {count:,} {'face' if count == 1 else 'faces'}")
    for face in row["faces"]:
        box = " ".join(f"{v:.0f}" for v in face["box"])
        words = [f"score {_score(face['score'])}"]
        if face["probability"] is not None:
            words = [f"{_percent(face['probability'])} sure", *words]
        if face["runner_up"] is not None:
            words.append(f"next {face['runner_up']} {_score(face['runner_up_score'])}")
        distance = face["distance_to_threshold"]
        if distance is not None:
            words.append(f"{abs(distance):.4g} {'above' if distance >= 0 else 'below'} the threshold")
        if face["weak"]:
            words.append(face["weak"])
        nearest = f"nearest {face['nearest']} " if face["named"] is None else ""
        say(f"  box {box}  {face['named'] or face['verdict']}  {nearest}{'; '.join(words)}")


def _percent(probability: float) -> str:
    """A probability in words that promise no certainty."""
    if not 0.001 <= probability <= 0.999:
        return "over 99.9 %" if probability > 0.5 else "under 0.1 %"
    return f"{100 * probability:.3g} %"


def _score(value: float) -> str:
    """A score with six digits; a distance of none, negated, is no -0."""
    return f"{value + 0.0:.6g}"


def _csv(rows: list[Json]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS.split())
    for row in rows:
        for face in row["faces"]:
            values = [value for key, value in face.items() if key != "box"]
            cells = [row["image"], row.get("frame"), *face["box"], *values]
            writer.writerow(["" if cell is None else cell for cell in cells])
    return buffer.getvalue()


def _draw(path: Path, image: "np.ndarray", faces: Sequence["NamedFace"]) -> None:
    from eigen2arc.compare.data_tools.face_labels import FaceLabel, draw_labels
    from eigen2arc.core.image import write

    labels = []
    for face in faces:
        if face.named is None:
            color = UNKNOWN if face.verdict == "unknown" else UNTOLD
            labels.append(FaceLabel(face.box, (face.verdict, "?"), color))
        elif face.probability is None:
            labels.append(FaceLabel(face.box, (face.named,), NAMED))
        else:
            whole = f"{face.named} {100 * face.probability:.0f} %"
            labels.append(FaceLabel(face.box, (whole, face.named), NAMED))
    write(path, draw_labels(image, labels), made_by=MADE_BY)
