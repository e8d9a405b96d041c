"""`eigen2arc gallery`: the people that `identify` knows, enrolled with photos of them."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError, did_you_mean
from eigen2arc.core.files import Json

from .options import AsJson, Device, EncoderName, NetworkFile, out_folder

if TYPE_CHECKING:
    from eigen2arc.recognize.calibration.gallery_calibration import GalleryCalibration
    from eigen2arc.recognize.gallery.audit import Neighbours
    from eigen2arc.recognize.gallery.enrolment import Photo, Report
    from eigen2arc.recognize.gallery.gallery import Gallery as OpenGallery
    from eigen2arc.recognize.gallery.gate import Limits
    from eigen2arc.recognize.gallery.ledger import Refused

log = logging.getLogger(__name__)

app = typer.Typer(
    help="The people that `identify` knows: enrol them with photos, and keep them.\n\n"
    "A gallery holds names and vectors of faces, by which people are known again, and as a rule small pictures of "
    "their faces: personal data, to be kept as safe as the photos. Whoever is removed is gone from its files.",
    no_args_is_help=True,
)

#: So many new images are looked up at once, to see whether they look like somebody else: each takes a search.
MOST_LOOKED_UP = 5000

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
        show_default="0.6",
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


StrangersFolder = Annotated[
    Path | None,
    typer.Option(
        "--strangers",
        help="Photos of people who are not in the gallery, a folder per person or none: they say how often somebody "
        "else is taken for one of its people. Their vectors are kept, without names, their images are not.",
        show_default=False,
    ),
]


def _limits(
    start: "Limits",
    eyes_px: float | None,
    sharpness: float | None,
    roll_deg: float | None,
    nose_offset: float | None,
    several: bool | None,
) -> "Limits":
    """The limits of a gallery, but for those that are given."""
    from eigen2arc.recognize.gallery.gate import Limits

    return Limits(
        start.eyes_px if eyes_px is None else eyes_px,
        start.sharpness if sharpness is None else sharpness,
        start.roll_deg if roll_deg is None else roll_deg,
        start.nose_offset if nose_offset is None else nose_offset,
        start.several if several is None else several,
    )


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(help="Photos, one folder per person: FOLDER/Ada/anything.jpg ...")],
    out: Annotated[Path, out_folder("The gallery: a new folder, or the one of a build that was interrupted.")],
    encoder: EncoderName = "",
    network: NetworkFile = None,
    strangers: StrangersFolder = None,
    store: Annotated[
        str,
        typer.Option(
            help="Keep the vectors on a Milvus server, milvus://HOST:PORT/COLLECTION. Machines that have a copy of "
            "gallery.json in a folder can `identify` by it; people are enrolled where the gallery was built.",
            show_default="in the folder",
        ),
    ] = "",
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

    At the end it is measured what scores in the gallery mean: each person in turn is taken for a stranger, and so are
    the people of --strangers. From that come the threshold and the probabilities of `identify`.

    A gallery holds names and vectors of faces, and with --images small pictures of them: personal data.

    The exit code is 1 where nobody could be enrolled of somebody's photos.
    """
    from eigen2arc.core.preferred import choose_recognizer
    from eigen2arc.recognize.gallery.building import begin
    from eigen2arc.recognize.gallery.gate import Limits

    if out.resolve().is_relative_to(folder.resolve()) or folder.resolve().is_relative_to(out.resolve()):
        raise UserError(f"--out {out}: lies in the folder of the photos, or the other way round: take another one")
    limits = _limits(Limits(), min_eyes_px, min_sharpness, max_roll_deg, max_nose_offset, several)
    photos, refused = _photos(folder)
    recognizer = choose_recognizer(encoder, network)
    gallery = begin(out, folder, recognizer, limits, keeps_images=images, store=store, device=device)
    if not json:
        say(recognizer.announcement)
    report = _enrol(gallery, photos, refused, limits)
    calibration = _calibrate(gallery, strangers, limits)
    gallery.ledger.end_build()  # the last thing: until then the same command goes on
    _end(gallery, photos, report, calibration, json)


@app.command()
def add(
    gallery: Where,
    photos: Annotated[
        list[Path],
        typer.Argument(help="A folder with one folder per person; with --person images, and folders of images."),
    ],
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="Whom all of these images show.", show_default=False)
    ] = "",
    strangers: StrangersFolder = None,
    min_eyes_px: EyesPx = None,
    min_sharpness: Sharpness = None,
    max_roll_deg: Roll = None,
    max_nose_offset: NoseOffset = None,
    several: Several = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Add people to a gallery, or more photos of those it knows.

    Photos pass the same gate as in `gallery build`, with the limits that the gallery was built with unless others are
    given. An image that is enrolled already is passed over, so that an interrupted command can be given again.
    """
    from eigen2arc.recognize.gallery.about import limits_of

    with _held(gallery, device) as opened:
        start = limits_of(opened.about, gallery)
        limits = _limits(start, min_eyes_px, min_sharpness, max_roll_deg, max_nose_offset, several)
        found, refused = _photos_of(photos, person) if person else _photos(_single_folder(photos))
        if not json:
            _announce(opened)
        report = _enrol(opened, found, refused, limits)
        _end(opened, found, report, _calibrate(opened, strangers, limits), json)


@contextmanager
def _held(folder: Path, device: str = "auto") -> "Iterator[OpenGallery]":
    """The gallery, opened to be changed: nobody else writes into it meanwhile."""
    from eigen2arc.core.outputs import output_folder
    from eigen2arc.recognize.gallery.enrolment import recover
    from eigen2arc.recognize.gallery.gallery import Gallery

    _ = Gallery.open(folder).ledger
    with output_folder(folder):
        gallery = Gallery.open(folder, device)
        recover(gallery)
        yield gallery


def _announce(gallery: "OpenGallery") -> None:
    about = gallery.about
    say(f"faces are told apart by {about.title}" + (f"; {about.caution}" if about.caution else ""))


def _single_folder(photos: list[Path]) -> Path:
    if len(photos) != 1 or not photos[0].is_dir():
        raise UserError("say whom the images show with --person NAME, or give one folder with a folder per person")
    return photos[0]


def _photos_of(paths: list[Path], person: str) -> "tuple[list[Photo], list[Refused]]":
    from eigen2arc.core.image_folder import find_images
    from eigen2arc.recognize.gallery.enrolment import Photo

    return [Photo(_name(person), _text(path.name), path) for path in find_images(paths)], []


def _name(person: str) -> str:
    """A name of a person, as a folder could have it."""
    if not person.strip() or "/" in person or person.startswith("."):
        raise UserError(f"{person!r} is no name of a person: no /, no . at its beginning, and not empty")
    return _text(person)


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


def _calibrate(gallery: "OpenGallery", strangers: Path | None, limits: "Limits | None") -> "GalleryCalibration | None":
    from eigen2arc.core.image_folder import find_images
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.recognize.gallery.calibrating import calibrate, keep_strangers
    from eigen2arc.recognize.gallery.publishing import publish

    if strangers is not None and limits is not None:
        found = find_images([strangers])
        inside = [(path, path.relative_to(strangers).parts) for path in found]
        photos = [(parts[0] if len(parts) > 1 else str(path), path) for path, parts in inside]
        with progress_bars() as progress:
            task = progress.add_task("strangers", total=len(photos))
            kept, left_out = keep_strangers(gallery, photos, limits, lambda: progress.advance(task))
        for path, words in left_out:
            log.warning("%s: not looked up: %s", path, words)
        if not kept:
            log.warning("%s: none of the photos can be used", strangers)
    made = calibrate(gallery)
    publish(gallery)
    return made


def _end(
    gallery: "OpenGallery",
    photos: "Sequence[Photo]",
    report: "Report",
    calibration: "GalleryCalibration | None",
    json: bool,
) -> None:
    """Say what came of photos, and write it down."""
    import numpy as np

    from eigen2arc.recognize.gallery.audit import neighbours, suspicious

    _write_refused(gallery)
    threshold = None if calibration is None else calibration.threshold
    looked_up = np.array(report.images[:MOST_LOOKED_UP], np.int64)
    unlike = suspicious(list(neighbours(gallery, looked_up)), threshold)
    if len(report.images) > MOST_LOOKED_UP:
        log.warning("%s: whether all look like their people is told by eigen2arc gallery check", gallery.folder)
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
                "more_like_others": [_neighbours_row(gallery, one) for one in unlike],
                **_counts(gallery),
                "calibration": None if calibration is None else calibration.to_json(),
            }
        )
    else:
        for one in report.refused:
            say(f"not enrolled: {'/'.join(filter(None, (one.person, one.name)))}: {one.words}")
        for person in nobody:
            say(f"not enrolled: {person}: none of the photos can be used")
        for row in [_neighbours_row(gallery, one) for one in unlike]:
            say(f"look at {row['person']}/{row['image']}: {_likeness(row)}")
        say(_summary(gallery, report))
        say(_calibration_line(calibration))
    if nobody:
        raise typer.Exit(1)


def _summary(gallery: "OpenGallery", report: "Report") -> str:
    new = sum(report.enrolled.values())
    parts = [f"{new:,} enrolled"]
    if report.there:
        parts.append(f"{report.there:,} were there already")
    if report.refused:
        kinds = Counter(one.kind for one in report.refused)
        said = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in kinds.most_common())
        parts.append(f"{len(report.refused):,} not ({said}; see {REFUSED_FILE})")
    return f"{gallery.folder}: {_people(gallery)}; of these photos {', '.join(parts)}"


def _neighbours_row(gallery: "OpenGallery", one: "Neighbours") -> Json:
    image = gallery.ledger.image(one.image)
    return {
        "person": one.person,
        "image": None if image is None else image.name,
        "own": one.own,
        "other": one.other,
        "score": one.score,
    }


def _likeness(row: Json) -> str:
    own = "its only one" if row["own"] is None else f"{row['own']:.3g} to the most alike of its own"
    return f"it is more like {row['other']} (score {row['score']:.3g}, {own}); it stays enrolled"


def _calibration_line(calibration: "GalleryCalibration | None") -> str:
    if calibration is None:
        return "not calibrated: nobody is enrolled"
    if calibration.threshold is None or calibration.fpir is None:
        return f"no threshold: {calibration.note}"
    rate = f"threshold {calibration.threshold:.4g} for {100 * calibration.fpir:g} % of strangers who are named"
    found = calibration.found
    if found is not None:
        low, high = 100 * found.low, 100 * found.high
        people = f"{calibration.stranger_people:,} people"
        rate += f" (found {100 * found.value:.2g} %, {low:.2g} to {high:.2g} %, on {people}: {calibration.data})"
    return f"{rate}; {calibration.note}" if calibration.note else rate


def _write_refused(gallery: "OpenGallery") -> None:
    import csv
    import io

    from eigen2arc.core.files import write_text

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("person", "image", "kind", "why"))
    writer.writerows(gallery.ledger.refused())
    write_text(gallery.folder / REFUSED_FILE, buffer.getvalue())


def _people(gallery: "OpenGallery") -> str:
    people, images, _ = gallery.ledger.counts()
    return f"{people:,} {'person' if people == 1 else 'people'} with {_counted(images, 'image')}"


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else one + 's'}"


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
            say(f"{name}: {_counted(count, 'image')}")


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
        made = opened.calibration
        say_json({**described, "calibration": None if made is None else made.to_json()})
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False)
    for key, value in described.items():
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(Text(key.replace("_", " "), "bold"), Text(text))
    show(table)


def _calibration(gallery: "OpenGallery") -> str:
    made = gallery.calibration
    if made is None:
        people, _, _ = gallery.ledger.counts()
        return f"outdated: eigen2arc gallery calibrate {gallery.folder}" if people else "none: nobody is enrolled"
    return f"{_calibration_line(made)}; measured {made.date}"


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
        "calibration": _calibration(gallery),
        "build": "was interrupted: give its command again" if gallery.ledger.source() else "complete",
        "version": about.version,
        "personal_data": "names of people and vectors of their faces, by which they are known again"
        + (", and pictures of their faces" if crops else ""),
    }


@app.command()
def remove(
    gallery: Where,
    people: Annotated[list[str], typer.Argument(metavar="NAME...", help="Who is removed.")],
    image: Annotated[
        list[str] | None,
        typer.Option(
            "--image", help="Remove only this image of the one person, by its name or number; may be repeated."
        ),
    ] = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Remove people from a gallery with all that it holds of them, or single images of one.

    Their vectors and pictures are gone from the gallery's files, which are written anew, not from copies of these.
    """
    from eigen2arc.recognize.gallery.enrolment import remove as take_out

    with _held(gallery, device) as opened:
        _check_there(opened, people)
        if image and len(people) != 1:
            raise UserError("--image: name the one person whose image it is")
        images = [one for name in dict.fromkeys(people) for one in opened.ledger.images(name)]
        if image:
            known = {word: one for one in images for word in (one.name, str(one.id))}
            for word in image:
                if word not in known:
                    near = did_you_mean(word, known)
                    see = f"see eigen2arc gallery list {gallery} --person {people[0]!r}"
                    raise UserError(f"{gallery}: {people[0]} has no image {word!r}: {near}{see}")
            chosen = [one for one in images if {one.name, str(one.id)} & set(image)]
        else:
            chosen = images
        gone = [] if len(chosen) < len(images) else list(dict.fromkeys(people))
        take_out(opened, [one.id for one in chosen], gone)
        _write_refused(opened)
        calibration = _calibrate(opened, None, None)
        if json:
            rows = [f"{one.person}/{one.name}" for one in chosen]
            said = None if calibration is None else calibration.to_json()
            say_json({"removed": rows, "people": gone, **_counts(opened), "calibration": said})
            return
        whose = f"; {', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone" if gone else ""
        say(f"removed {_counted(len(chosen), 'image')}{whose}; {_people(opened)} are left")
        say(_calibration_line(calibration))


@app.command()
def rename(
    gallery: Where,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The name that somebody has.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name to have.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="If somebody has the new name already, both are one person.")
    ] = False,
    device: Device = "auto",
) -> None:
    """Rename somebody in a gallery, or with --merge make one person of two."""
    from eigen2arc.recognize.gallery.publishing import publish

    with _held(gallery, device) as opened:
        _check_there(opened, [old])
        name = _name(new)
        there = name != old and name in opened.people
        if there and not merge:
            raise UserError(f"{gallery}: {name} is there already: --merge makes one person of {old} and {name}")
        if name != old:
            opened.ledger.rename(old, name)
            _write_refused(opened)
            publish(opened)
        say(f"{old} is {name} now, with {_counted(opened.ledger.people()[name], 'image')}")
        if there:
            say(_calibration_line(_calibrate(opened, None, None)))


@app.command()
def calibrate(gallery: Where, strangers: StrangersFolder = None, device: Device = "auto", json: AsJson = False) -> None:
    """Measure again what scores in a gallery mean: after an interrupted command, or with other strangers."""
    from eigen2arc.recognize.gallery.about import limits_of

    with _held(gallery, device) as opened:
        made = _calibrate(opened, strangers, limits_of(opened.about, gallery))
        if json:
            say_json(None if made is None else made.to_json())
        else:
            say(_calibration_line(made))


@app.command()
def check(gallery: Where, device: Device = "auto", json: AsJson = False) -> None:
    """Check a gallery: all files are whole, every vector is there, and the encoder is the one that made them.

    Then each image is looked up without itself: named are the people whose own images are less alike than another's.

    The exit code is 0 where nothing is found, 1 where somebody is less like the own images than like another's, and 2
    where something is damaged.
    """
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.recognize.gallery.audit import faults, neighbours, suspicious
    from eigen2arc.recognize.gallery.gallery import Gallery

    opened = Gallery.open(gallery, device)
    damaged = faults(opened)
    found = []
    if not damaged:
        ids = opened.ledger.labels()[0]
        with progress_bars() as progress:
            task = progress.add_task("look up", total=len(ids))
            found = list(neighbours(opened, ids, lambda count: progress.advance(task, count)))
    asked = [one for one in found if one.own is not None]
    wrong = [one for one in asked if one.own is not None and one.score > one.own]
    calibration = opened.calibration
    threshold = None if calibration is None else calibration.threshold
    alone = [one for one in suspicious(found, threshold) if one.own is None]
    rows = [_neighbours_row(opened, one) for one in wrong + alone]
    if json:
        counts = {"looked_up": len(asked), "more_like_others": rows}
        say_json({"gallery": str(gallery), "faults": damaged, **_counts(opened), **counts})
    else:
        for line in damaged:
            say(line)
        for row in rows:
            say(f"{row['person']}/{row['image']}: {_likeness(row)}")
        if not damaged:
            said = f"{len(asked):,} looked up without themselves, {len(wrong):,} are more like another person"
            say(f"{gallery}: whole, {_people(opened)}; {said}")
    if damaged or rows:
        raise typer.Exit(2 if damaged else 1)


@app.command()
def export(
    gallery: Where,
    out: Annotated[Path, out_folder("A new folder for people.csv, images.csv and vectors.safetensors.")],
) -> None:
    """Export a gallery for other programs: its people and images as CSV, its vectors as safetensors.

    What is written is personal data like the gallery itself: names, and vectors by which faces are known again.
    """
    from eigen2arc.recognize.gallery import export as tables
    from eigen2arc.recognize.gallery.gallery import Gallery

    opened = Gallery.open(gallery)
    if any(out.iterdir()):
        raise UserError(f"{out}: is not empty: take a new folder")
    tables.export(opened, out)
    say(f"{out}: {_people(opened)}: {tables.PEOPLE}, {tables.IMAGES}, {tables.VECTORS}")
