"""`eigen2arc detect`: find the faces in images and videos."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.files import Json

from .drawn_copies import copies, copy_of
from .options import AsJson, Device, Set, components, out_folder

if TYPE_CHECKING:
    import numpy as np

    from eigen2arc.compare.data_tools.video_frames import Frame
    from eigen2arc.core.types import Faces


def detect(
    images: Annotated[list[Path], typer.Argument(help="Images, videos, and folders of both.")],
    detector: Annotated[str, typer.Option(help="A detector; see `eigen2arc list detector`.")] = "mtcnn",
    draw: Annotated[Path | None, out_folder("Folder for copies with the faces drawn in.", "--draw")] = None,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Print each face's box and score; --json adds the five landmarks.

    A bad file does not stop the others; the exit code is then 2. Copies lie in --draw as the images do below the folder
    that they have in common; no file is written over but what an earlier `detect` has drawn.

    Settings of the detector: --set detector.min_size_px=40
    """
    from eigen2arc.compare.data_tools.video_frames import batches, find_sources
    from eigen2arc.core.progress import progress_bars

    chosen = components(settings, device=device, detector=detector)["detector"]
    failures: list[Exception] = []

    def on_error(error: Exception) -> None:
        say(f"eigen2arc: {error}", error=True)
        failures.append(error)

    found = find_sources(images, on_error)
    drawn = {} if draw is None else copies(found, images, draw, MADE_BY)
    found = found if draw is None else list(drawn)
    if not found:
        raise typer.Exit(2)
    rows: list[Json] = []
    with progress_bars() as progress:
        # Without --json the printed lines show the progress.
        bar = progress.add_task("detect", total=len(found), visible=json)
        for batch in batches(found, on_error):
            for frame, faces in zip(batch, chosen.built.detect([frame.image for frame in batch]), strict=True):
                if draw is not None:
                    _draw(copy_of(drawn[frame.path], frame.number, MADE_BY), frame.image, faces)
                if json:
                    rows.append(_row(frame, faces))
                else:
                    _print(_row(frame, faces))
            progress.update(bar, completed=found.index(batch[-1].path))
    if json:
        say_json(rows)
    if failures:
        raise typer.Exit(2)


#: What drawn copies say of themselves.
MADE_BY = "eigen2arc detect"


def _row(frame: "Frame", faces: "Faces") -> Json:
    """One image's faces as plain numbers; an unknown point is null."""
    import numpy as np

    points = np.full((len(faces), 5, 2), np.nan) if faces.landmarks is None else faces.landmarks
    return {
        "image": str(frame.path),
        **({} if frame.number is None else {"frame": frame.number}),
        "faces": [
            {
                "box": [round(v, 2) for v in box],
                "score": round(score, 4),
                "landmarks": [[round(v, 2) for v in xy] if xy[0] == xy[0] else None for xy in five],
            }
            for box, score, five in zip(faces.boxes.tolist(), faces.scores.tolist(), points.tolist(), strict=True)
        ],
    }


def _print(row: Json) -> None:
    where = f"{row['image']} frame {row['frame']}" if "frame" in row else row["image"]
    say(f"{where}: {len(row['faces']) or 'no'} face{'' if len(row['faces']) == 1 else 's'}")
    for face in row["faces"]:
        say("  box " + " ".join(f"{v:.0f}" for v in face["box"]) + f"  score {face['score']:.3f}")


def _draw(path: Path, image: "np.ndarray", faces: "Faces") -> None:
    import cv2

    from eigen2arc.core.image import write

    canvas, line_px = image.copy(), max(1, round(min(image.shape[:2]) / 200))
    for box in faces.boxes.round().astype(int):
        cv2.rectangle(canvas, tuple(map(int, box[:2])), tuple(map(int, box[2:])), (0, 220, 120), line_px)
    for x, y in [] if faces.landmarks is None else faces.landmarks.reshape(-1, 2):
        if x == x:  # a point that is not known is NaN
            cv2.circle(canvas, (round(float(x)), round(float(y))), line_px + 1, (255, 80, 0), -1)
    write(path, canvas, made_by=MADE_BY)
