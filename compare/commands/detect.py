"""`eigen2arc detect`: find the faces in some images."""

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import AsJson, Device, Set, stage_settings, with_device


def detect(
    images: Annotated[list[Path], typer.Argument(help="Image files and folders.")],
    detector: Annotated[str, typer.Option(help="A detector; see `eigen2arc list detector`.")] = "mtcnn",
    draw: Annotated[Path | None, typer.Option(help="Folder for copies of the images with the faces drawn in.")] = None,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Print the box, score and points of every face. One bad image does not stop the others; the exit code is then 2.

    Settings of the detector: --set detector.min_size_px=40
    """
    from eigen2arc.core import plugins
    from eigen2arc.core.errors import UserError
    from eigen2arc.core.image import find_images, read
    from eigen2arc.core.progress import progress_bars

    chosen = stage_settings(settings, ("detector",))["detector"]
    found: list[Path] = []
    rows, failures = [], 0
    for path in images:
        try:
            found += find_images([path])
        except UserError as error:
            failures += _complain(error)
    if not found:
        raise typer.Exit(2)
    finder = plugins.build("detector", detector, **with_device("detector", detector, chosen, device))
    with progress_bars() as progress:
        # Without --json the lines that are printed show how far it is.
        for path in progress.track(found, description="detect") if json else found:
            try:
                image = read(path)
            except UserError as error:
                failures += _complain(error)
                continue
            faces = finder.detect([image])[0]
            rows.append(_row(path, faces))
            if draw is not None:
                _draw(draw / f"{path.stem}.jpg", image, faces)
            if not json:
                _print(rows[-1])
    if json:
        print(jsonlib.dumps(rows, indent=1))
    if failures:
        raise typer.Exit(2)


def _complain(error: Exception) -> int:
    """Say what is wrong with one of the images; returns 1, to be counted."""
    print(f"eigen2arc: {error}", file=sys.stderr)
    return 1


def _row(path: Path, faces: Any) -> dict[str, Any]:
    """One image's faces as plain numbers; an unknown point is null."""
    import numpy as np

    points = np.full((len(faces), 5, 2), np.nan) if faces.landmarks is None else faces.landmarks
    return {
        "image": str(path),
        "faces": [
            {
                "box": [round(v, 2) for v in box],
                "score": round(score, 4),
                "landmarks": [[round(v, 2) for v in xy] if xy[0] == xy[0] else None for xy in five],
            }
            for box, score, five in zip(faces.boxes.tolist(), faces.scores.tolist(), points.tolist(), strict=True)
        ],
    }


def _print(row: dict[str, Any]) -> None:
    print(f"{row['image']}: {len(row['faces']) or 'no'} face{'' if len(row['faces']) == 1 else 's'}")
    for face in row["faces"]:
        print("  box " + " ".join(f"{v:.0f}" for v in face["box"]) + f"  score {face['score']:.3f}")


def _draw(path: Path, image: Any, faces: Any) -> None:
    import cv2

    from eigen2arc.core.image import write

    canvas, line_px = image.copy(), max(1, round(min(image.shape[:2]) / 200))
    for box in faces.boxes.round().astype(int):
        cv2.rectangle(canvas, tuple(map(int, box[:2])), tuple(map(int, box[2:])), (0, 220, 120), line_px)
    for x, y in [] if faces.landmarks is None else faces.landmarks.reshape(-1, 2):
        if x == x:  # a point that is not known is NaN
            cv2.circle(canvas, (round(float(x)), round(float(y))), line_px + 1, (255, 80, 0), -1)
    write(path, canvas)
