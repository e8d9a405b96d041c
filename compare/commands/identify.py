"""`eigen2arc identify`: whose faces are these, by a system that a run has fitted?"""

import csv
import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError, did_you_mean
from eigen2arc.core.files import Json

from .drawn_copies import copies, copy_of
from .options import AsJson, Device, out_file, out_folder

if TYPE_CHECKING:
    import numpy as np

    from eigen2arc.compare.data_tools.video_frames import Frame
    from eigen2arc.recognize.systems.recognizer import NamedFace
    from eigen2arc.recognize.systems.system_file import System

#: Of --csv, whose numbers are the same when they are read again; frame is that of a video.
COLUMNS = "image frame x1 y1 x2 y2 named nearest score runner_up runner_up_score distance_to_threshold"

#: What drawn copies say of themselves.
MADE_BY = "eigen2arc identify"


def identify(
    images: Annotated[list[Path], typer.Argument(help="Images, videos, and folders of both.")],
    run: Annotated[Path, typer.Option("--run", help="Folder of a run with identification: its people are known.")],
    system: Annotated[
        str,
        typer.Option("--system", metavar="NAME", help="The system's id or name; not needed where there is but one."),
    ] = "",
    table: Annotated[Path | None, out_file("Write a line a face into this file, too.", "--csv")] = None,
    draw: Annotated[Path | None, out_folder("Folder for copies with boxes and names drawn in.", "--draw")] = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Name every face of some images, or say that nobody knows it, by a system that `eigen2arc compare` fitted.

    The first line says which system answers, what it learned from, whom it knows, and its threshold: from which score
    on somebody is named, and how often a stranger is then taken for somebody. A run without strangers has no threshold:
    then the most alike person is named, whoever it is.

    Known are the people of the run's gallery, of its first round if it has several. A face at a time, the best
    detection first: its box, who it is or "unknown", the score, the runner-up, the distance to the threshold.

    Where an image shows no face the exit code is 1; a file that cannot be read does not stop the others, and the exit
    code is 2.
    """
    from eigen2arc.compare.data_tools.video_frames import batches, find_sources
    from eigen2arc.core.files import write_text
    from eigen2arc.recognize.systems.recognizer import Recognizer
    from eigen2arc.recognize.systems.system_file import load

    failures: list[Exception] = []

    def on_error(error: Exception) -> None:
        say(f"eigen2arc: {error}", error=True)
        failures.append(error)

    known = load(_kept(run, system), device)
    recognizer = Recognizer(known)
    if not json:
        say(_about(known))
    if known.threshold is None:
        without = f"there is no threshold ({known.about.no_threshold})"
        say(f"eigen2arc: {without}: the most alike person is named, be it a stranger's face", error=True)
    found = find_sources(images, on_error)
    drawn = {} if draw is None else copies(found, images, draw, MADE_BY)
    rows: list[Json] = []
    for batch in batches(found if draw is None else list(drawn), on_error):
        for frame, faces in zip(batch, recognizer.name([one.image for one in batch]), strict=True):
            rows.append(_row(frame, faces))
            if not json:
                _print(rows[-1])
            if draw is not None:
                _draw(copy_of(drawn[frame.path], frame.number, MADE_BY), frame.image, faces)
            if not faces:
                say(f"eigen2arc: {_where(rows[-1])}: no face was found", error=True)
    if table is not None:
        write_text(table, _csv(rows))
    if json:
        say_json({"system": _described(known), "images": rows})
    if failures or not rows:
        raise typer.Exit(2)
    if not all(row["faces"] for row in rows):
        raise typer.Exit(1)


@dataclass(frozen=True)
class Entry:
    """What metrics.json says of a system, as far as it is needed here."""

    id: str
    name: str
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What metrics.json says of the systems of a run."""

    systems: list[Entry]


def _kept(run: Path, name: str) -> Path:
    """The file of a run's system, checked to be the one that the run wrote."""
    from eigen2arc.core.artefacts import file_digest
    from eigen2arc.core.files import read_json

    again = f"Run it again: eigen2arc compare SUITE --out {run}"
    if not (run / "metrics.json").is_file():
        raise UserError(f"{run} is not a finished run: it has no metrics.json. {again}")
    entries = read_json(run / "metrics.json", Run, again).systems
    there = ", ".join(one.id for one in entries if "file" in one.kept)
    if not any(one.kept for one in entries):
        raise UserError(f"{run}: no system of the run knows people: its suite has no [identification] with a gallery")
    chosen = [one for one in entries if name in (one.id, one.name)] if name else entries
    if len(chosen) != 1:
        near = did_you_mean(name, [word for one in entries for word in (one.id, one.name)])
        asked = f"no system is called {name!r}: {near}" if name else "say which with --system: "
        raise UserError(f"{run}: {asked}there are {there}")
    kept = chosen[0].kept
    path = (run / str(kept.get("file", ""))).resolve()
    if "file" not in kept:
        raise UserError(f"{run}: {chosen[0].id} cannot be used: {kept.get('left_out', 'it was not kept')}")
    if not path.is_relative_to(run.resolve()):
        raise UserError(f"{run / 'metrics.json'} names a file outside the run: {kept['file']}. {again}")
    if not path.is_file() or file_digest(path) != kept.get("sha256"):
        raise UserError(f"{path}: is not the file that the run wrote, or is gone. {again}")
    return path


def _about(known: "System") -> str:
    """Which system answers, in one line."""
    about, threshold = known.about, known.threshold
    without = f", {about.without_face:,} of them without a face that was found" if about.without_face else ""
    images, people = _counted(len(known.person), "image"), _counted(len(about.people), "person", "people")
    parts = [
        f"{about.title} ({about.id}): {about.learned}",
        f"knows {people} by {images} of {about.enrolled}{without}",
    ]
    if threshold is None:
        return "; ".join([*parts, f"no threshold: {about.no_threshold}"])
    share, low, high = (
        f"{100 * value:.2g}" for value in (threshold.taken / threshold.strangers, threshold.low, threshold.high)
    )
    of = f"{_counted(threshold.strangers, 'image')} of {threshold.calibrated_on}"
    said = f"threshold {threshold.value:.6g} for a false positive rate of {100 * threshold.fpir:g} %"
    return "; ".join([*parts, f"{said}: {share} % ({low} to {high} %) of {of} were taken for somebody"])


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _described(known: "System") -> Json:
    about = known.about
    return {
        "id": about.id,
        "name": about.title,
        "learned": about.learned,
        "enrolled": about.enrolled,
        "people": len(about.people),
        "images": len(known.person),
        "threshold": None if known.threshold is None else asdict(known.threshold),
        "no_threshold": about.no_threshold,
    }


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
            }
            for face in faces
        ],
    }


def _where(row: Json) -> str:
    return f"{row['image']} frame {row['frame']}" if "frame" in row else str(row["image"])


def _print(row: Json) -> None:
    if not row["faces"]:
        return
    say(f"{_where(row)}: {_counted(len(row['faces']), 'face')}")
    for face in row["faces"]:
        box = " ".join(f"{v:.0f}" for v in face["box"])
        next_one = (
            f"; next {face['runner_up']} {_score(face['runner_up_score'])}" if face["runner_up"] is not None else ""
        )
        distance, far = face["distance_to_threshold"], ""
        if distance is not None:
            far = f"; {abs(distance):.4g} {'above' if distance >= 0 else 'below'} the threshold"
        nearest = f"nearest {face['nearest']} " if face["named"] is None else ""
        say(f"  box {box}  {face['named'] or 'unknown'}  {nearest}score {_score(face['score'])}{next_one}{far}")


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


def _draw(path: Path, image: "np.ndarray", faces: list["NamedFace"]) -> None:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from eigen2arc.core.image import write

    picture = Image.fromarray(image)
    canvas, side_px = ImageDraw.Draw(picture), min(image.shape[:2])
    font, line_px = ImageFont.load_default(max(10, side_px / 25)), max(1, round(side_px / 200))
    for face in faces:
        color = (0, 150, 80) if face.named is not None else (190, 60, 20)
        canvas.rectangle(face.box, outline=color, width=line_px)
        label = face.named or "unknown"
        left, top, right, bottom = canvas.textbbox((0, 0), label, font)
        x, y = max(0.0, face.box[0]), max(0.0, face.box[1] - (bottom - top) - 2 * line_px)
        canvas.rectangle((x, y, x + right - left + 2 * line_px, y + bottom - top + 2 * line_px), fill=color)
        canvas.text((x + line_px - left, y + line_px - top), label, (255, 255, 255), font)
    write(path, np.asarray(picture), made_by=MADE_BY)
