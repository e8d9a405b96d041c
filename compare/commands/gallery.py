"""`eigen2arc gallery`: the people that `identify` knows, enrolled with photos of them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError, did_you_mean
from eigen2arc.core.files import Json

from .options import AsJson, Device, EncoderName, NetworkFile, out_folder

if TYPE_CHECKING:
    from eigen2arc.recognize.gallery.enrolment import Photo, Report
    from eigen2arc.recognize.gallery.gallery import Gallery as OpenGallery
    from eigen2arc.recognize.gallery.gate import Limits
    from eigen2arc.recognize.gallery.ledger import Refused

app = typer.Typer(
    help="The people that `identify` knows: enrol them with photos, and keep them.\n\n"
    "A gallery holds names and vectors of faces, by which people are known again, and as a rule small pictures of "
    "their faces: personal data, to be kept as safe as the photos. Whoever is removed is gone from its files.",
    no_args_is_help=True,
)

#: The table of what is not enrolled, in the gallery's folder.
REFUSED_FILE = "refused.csv"

Where = Annotated[Path, typer.Argument(metavar="GALLERY", help="The folder of a gallery.")]
EyesPx = Annotated[
    float | None, typer.Option("--min-eyes-px", min=0, help="Least pixels between the eyes.", show_default="12")
]
Sharpness = Annotated[
    float | None, typer.Option("--min-sharpness", min=0, help="Least sharpness of a face.", show_default="0.01")
]
Roll = Annotated[
    float | None,
    typer.Option("--max-roll-deg", min=0, help="How far a face may be turned, in degrees.", show_default="45"),
]
NoseOffset = Annotated[
    float | None,
    typer.Option(
        "--max-nose-offset",
        min=0,
        help="How far aside a face may look: its nose beside the middle of the eyes, in their distance.",
        show_default="0.5",
    ),
]
Several = Annotated[
    bool | None,
    typer.Option(
        "--several/--one-face",
        help="Take photos that show another face about as large, too: the large and central face is the person's.",
        show_default="--one-face",
    ),
]


def _limits(start: "Limits", given: Json) -> "Limits":
    from dataclasses import replace

    return replace(start, **{name: value for name, value in given.items() if value is not None})


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(help="Photos, one folder per person: FOLDER/Ada/anything.jpg ...")],
    out: Annotated[Path, out_folder("The gallery: a new folder, or the one of a build that was interrupted.")],
    encoder: EncoderName = "",
    network: NetworkFile = None,
    images: Annotated[
        bool,
        typer.Option(
            "--images/--no-images",
            help="Keep a small picture of each enrolled face, 112 pixels a side, to show whom a face was taken for; "
            "or no image at all.",
        ),
    ] = True,
    min_eyes_px: EyesPx = None,
    min_sharpness: Sharpness = None,
    max_roll_deg: Roll = None,
    max_nose_offset: NoseOffset = None,
    several: Several = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Build a gallery from photos: a folder per person, with one photo or more, whatever their names.

    Of each photo the face that is large and central is enrolled, if it is good enough to know the person by: large,
    sharp and upright, turned to the camera, and the only large one. What is not enrolled is named with the reason, and
    stands in GALLERY/refused.csv. The same picture of a person is enrolled once.

    A build that was interrupted goes on when the same command is given again: people who are in the gallery stay,
    photos that were read are not read again. A person is in it with all photos, or not yet.

    A gallery holds names and vectors of faces, and with --images small pictures of them: personal data.

    The exit code is 1 where nobody could be enrolled of somebody's photos.
    """
    from eigen2arc.core.preferred import choose_recognizer
    from eigen2arc.recognize.gallery.building import begin
    from eigen2arc.recognize.gallery.gate import Limits

    if out.resolve().is_relative_to(folder.resolve()) or folder.resolve().is_relative_to(out.resolve()):
        raise UserError(f"--out {out}: lies in the folder of the photos, or the other way round: take another one")
    limits = _limits(
        Limits(),
        {
            "eyes_px": min_eyes_px,
            "sharpness": min_sharpness,
            "roll_deg": max_roll_deg,
            "nose_offset": max_nose_offset,
            "several": several,
        },
    )
    photos, refused = _photos(folder)
    recognizer = choose_recognizer(encoder, network)
    if not json:
        say(recognizer.announcement)
    gallery = begin(out, folder, recognizer, limits, keeps_images=images, device=device)
    report = _enrol(gallery, photos, refused, limits)
    gallery.ledger.end_build()
    _end(gallery, photos, report, json)


def _photos(folder: Path) -> "tuple[list[Photo], list[Refused]]":
    """The photos of a folder with one folder per person, and what in it is none."""
    from eigen2arc.compare.photos.files import list_photos
    from eigen2arc.recognize.gallery.enrolment import Photo
    from eigen2arc.recognize.gallery.ledger import Refused

    found = list_photos(folder, None)
    photos = []
    assert found.dataset.labels is not None
    for image, label in zip(found.dataset.images.names, found.dataset.labels.tolist(), strict=True):
        _, person, name = image.split("/", 2)
        photos.append(Photo(_text(found.dataset.people[label]), _text(name), folder / person / name))
    refused: list[Refused] = []
    for one in found.findings:
        if one.kind in ("unreadable", "loose", "other_file"):
            below = one.images[0].partition("/")[2]
            person, _, name = below.rpartition("/") if one.kind == "loose" else below.partition("/")
            refused.append(Refused(_text(person), _text(name), one.kind, one.words))
    return photos, refused


def _text(name: str) -> str:
    """A name as text: what of a file's is none is escaped, and letters with accents are one sign each."""
    import unicodedata

    from eigen2arc.core.errors import one_line

    return unicodedata.normalize("NFC", one_line(name))


def _enrol(gallery: "OpenGallery", photos: "list[Photo]", refused: "list[Refused]", limits: "Limits") -> "Report":
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.recognize.gallery.enrolment import enrol

    with progress_bars() as progress:
        task = progress.add_task("enrol", total=len(photos))
        report = enrol(gallery, photos, limits, lambda: progress.advance(task))
    report.refused[:0] = refused
    gallery.ledger.refuse(refused)
    return report


def _end(gallery: "OpenGallery", photos: "Sequence[Photo]", report: "Report", json: bool) -> None:
    """Say what came of photos, and write it down."""
    _write_refused(gallery)
    known = set(gallery.people)
    nobody = sorted({photo.person for photo in photos} - known)
    if json:
        say_json(
            {
                "gallery": str(gallery.folder),
                "enrolled": dict(sorted(report.enrolled.items())),
                "there_already": report.there,
                "refused": [one._asdict() for one in report.refused],
                "nobody_of": nobody,
                **_counts(gallery),
            }
        )
    else:
        for one in report.refused:
            say(f"not enrolled: {'/'.join(filter(None, (one.person, one.name)))}: {one.words}")
        for person in nobody:
            say(f"not enrolled: {person}: none of the photos can be used")
        say(_summary(gallery, report))
    if nobody:
        raise typer.Exit(1)


def _summary(gallery: "OpenGallery", report: "Report") -> str:
    people, images, _ = gallery.ledger.counts()
    new = sum(report.enrolled.values())
    parts = [f"{new:,} enrolled"]
    if report.there:
        parts.append(f"{report.there:,} were there already")
    if report.refused:
        kinds = Counter(one.kind for one in report.refused)
        said = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in kinds.most_common())
        parts.append(f"{len(report.refused):,} not ({said}; see {REFUSED_FILE})")
    return f"{gallery.folder}: {people:,} people with {images:,} images; of these photos {', '.join(parts)}"


def _write_refused(gallery: "OpenGallery") -> None:
    import csv
    import io

    from eigen2arc.core.files import write_text

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("person", "image", "kind", "why"))
    writer.writerows(gallery.ledger.refused())
    write_text(gallery.folder / REFUSED_FILE, buffer.getvalue())


def _counts(gallery: "OpenGallery") -> Json:
    people, images, refused = gallery.ledger.counts()
    return {"people": people, "images": images, "refused_in_all": refused}


@app.command("list")
def list_people(
    gallery: Where,
    person: Annotated[str, typer.Option("--person", metavar="NAME", help="List the images of this person.")] = "",
    json: AsJson = False,
) -> None:
    """List the people of a gallery with how many images each has, or the images of one."""
    from eigen2arc.recognize.gallery.gallery import Gallery

    opened = Gallery.open(gallery)
    people = opened.ledger.people()
    if person:
        _check_there(opened, [person])
        rows: list[Json] = [
            {"image": one.name, "id": one.id, **one.measures._asdict()} for one in opened.ledger.images(person)
        ]
        if json:
            say_json(rows)
        for row in [] if json else rows:
            say(f"{row['image']}: {row['eyes_px']:.0f} px between the eyes, sharpness {row['sharpness']:.3f}")
    elif json:
        say_json(people)
    else:
        for name, count in people.items():
            say(f"{name}: {count:,} {'image' if count == 1 else 'images'}")


def _check_there(gallery: "OpenGallery", people: Sequence[str]) -> None:
    known = gallery.people
    for person in people:
        if person not in known:
            near = did_you_mean(person, known)
            raise UserError(f"{gallery.folder}: nobody is called {person!r}: {near}see eigen2arc gallery list")


@app.command()
def info(gallery: Where, json: AsJson = False) -> None:
    """Show what a gallery is: by which encoder, how many people and images, what it keeps, its size."""
    from eigen2arc.recognize.gallery.gallery import Gallery

    opened = Gallery.open(gallery)
    described = _describe(opened)
    if json:
        say_json(described)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False)
    for key, value in described.items():
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(Text(key.replace("_", " "), "bold"), Text(text))
    show(table)


def _describe(gallery: "OpenGallery") -> Json:
    about = gallery.about
    files = [path for path in gallery.folder.rglob("*") if path.is_file()]
    crops = gallery.ledger.crops()
    return {
        **_counts(gallery),
        "encoder": about.title,
        "stages": {kind: table["name"] for kind, table in about.stages.items()},
        "vectors": f"{about.dimensions} numbers, compared by {about.metric}",
        "files": dict(about.files),
        "caution": about.caution,
        "keeps": f"small pictures of {crops:,} faces" if crops else "no images",
        "limits": dict(about.limits),
        "bytes": sum(path.stat().st_size for path in files),
        "build": "was interrupted: give its command again" if gallery.ledger.source() else "complete",
        "version": about.version,
        "personal_data": "names of people and vectors of their faces, by which they are known again"
        + (", and pictures of their faces" if crops else ""),
    }
