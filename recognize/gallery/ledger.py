"""Who is in a gallery, in people.sqlite: people, their images, what was refused, and what is read but not enrolled yet.

Every change is one transaction of SQLite, which a kill or a power cut leaves done or not done, and which readers see as
a whole. What is deleted is overwritten with zeros. Vectors of enrolled images are in the store, under the image's
number; a number is given once and never again, so that whatever a killed process left in the store is nobody's.

The file may be another's: its tables have to be these, and every value that is read from it is checked.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np

from eigen2arc.core.errors import UserError, parsing

from .gate import Kind, Measures, Refusal

FILE = "people.sqlite"

#: The tables. SQLite keeps the text, by which a file of another version is known.
TABLES = (
    "CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE image (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, name TEXT NOT NULL, "
    "sha256 TEXT NOT NULL UNIQUE, vector_sha256 TEXT NOT NULL, eyes_px REAL NOT NULL, sharpness REAL NOT NULL, "
    "roll_deg REAL NOT NULL, nose_offset REAL NOT NULL, rivals INTEGER NOT NULL, picture INTEGER NOT NULL, "
    "crop BLOB) STRICT",
    "CREATE INDEX image_person ON image (person)",
    "CREATE TABLE reading (sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, words TEXT NOT NULL, eyes_px REAL, "
    "sharpness REAL, roll_deg REAL, nose_offset REAL, rivals INTEGER, picture INTEGER, vector BLOB, crop BLOB) STRICT",
    "CREATE TABLE refused (person TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, "
    "PRIMARY KEY (person, name)) STRICT",
    "CREATE TABLE state (following INTEGER NOT NULL, changes INTEGER NOT NULL, source TEXT NOT NULL) STRICT",
)

CHANGED = "UPDATE state SET changes = changes + 1"

#: A process waits so long for another one's transaction.
WAIT_S = 60.0


class Refused(NamedTuple):
    """A photo that is not enrolled. name : of the file, as the user knows it."""

    person: str
    name: str
    kind: Kind
    words: str


@dataclass(frozen=True)
class Reading:
    """What was read from a photo.

    sha256 : of the file. refusal : why nothing can be made of it, None where a face was found; then there are measures,
    the 64 bits of the picture's DCT hash as a signed number, and, where the face is good enough, the vector (D,)
    float32, and the crop as the content of a JPEG, None where no images are kept.
    """

    sha256: str
    refusal: Refusal | None = None
    measures: Measures | None = None
    picture: int = 0
    vector: np.ndarray | None = None
    crop: bytes | None = None


class Image(NamedTuple):
    """An enrolled image.

    id : of its vector in the store. sha256 : of the file. vector_sha256 : of the vector's bytes. picture : see Reading.
    """

    id: int
    person: str
    name: str
    sha256: str
    vector_sha256: str
    measures: Measures
    picture: int


class Ledger:
    """The ledger of the gallery in ``folder``. Each call opens the file: any number of threads may use it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def create(self, source: str) -> None:
        """Make the tables of a new gallery; where they are there, nothing is done. source : see source()."""
        with self._open(create=True) as file, file:
            file.execute("BEGIN IMMEDIATE")
            if not file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in TABLES:
                    file.execute(statement)
                file.execute("INSERT INTO state VALUES (1, 0, ?)", (source,))

    @contextmanager
    def _open(self, create: bool = False) -> Iterator[sqlite3.Connection]:
        if not create and not self.path.is_file():
            raise UserError(f"{self.path}: is gone; the gallery cannot be read without it")
        with (
            parsing(self.path, "is damaged, or no ledger of a gallery"),
            closing(sqlite3.connect(self.path, WAIT_S, isolation_level=None)) as file,
        ):
            file.execute("PRAGMA trusted_schema = OFF")
            file.execute("PRAGMA cell_size_check = ON")
            file.execute("PRAGMA synchronous = FULL")
            file.execute("PRAGMA secure_delete = ON")
            if not create:
                found = file.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
                if sorted(str(row[0]) for row in found) != sorted(TABLES):
                    raise UserError(f"{self.path}: is no ledger of a gallery, or one of another version")
            yield file

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction."""
        with self._open() as file, file:
            file.execute("BEGIN IMMEDIATE")
            yield file

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._open() as file:
            return file.execute(statement, values).fetchall()

    # What is read

    def source(self) -> str:
        """Return what a build was begun with that has not ended, "" for one that has."""
        return str(self._rows("SELECT source FROM state")[0][0])

    def changes(self) -> int:
        """Return how often whose images there are was changed: what was computed at another count is outdated."""
        return int(self._rows("SELECT changes FROM state")[0][0])

    def counts(self) -> tuple[int, int, int]:
        """Count people, images and refused photos."""
        rows = self._rows("SELECT (SELECT count(*) FROM person), count(*), (SELECT count(*) FROM refused) FROM image")
        return rows[0][0], rows[0][1], rows[0][2]

    def people(self) -> dict[str, int]:
        """List everybody by name, in order, and how many images each has."""
        rows = self._rows(
            "SELECT person.name, count(image.id) FROM person LEFT JOIN image ON image.person = person.id "
            "GROUP BY person.id ORDER BY person.name"
        )
        return dict(rows)

    def owners(self, ids: Sequence[int]) -> dict[int, str]:
        """Return who is shown by the images of these numbers; those of nobody are left out."""
        rows = self._rows(
            "SELECT image.id, person.name FROM image JOIN person ON person.id = image.person "
            "WHERE image.id IN (SELECT value FROM json_each(?))",
            json.dumps([int(one) for one in ids]),
        )
        return dict(rows)

    def ids(self, person: str) -> list[int]:
        """Return the numbers of a person's images."""
        statement = "SELECT image.id FROM image JOIN person ON person.id = image.person WHERE person.name = ?"
        return [row[0] for row in self._rows(statement, person)]

    def labels(self) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Return the numbers of all images, ascending, (N,) int64, whose each is, (N,) int64, and all names."""
        with self._open() as file, file:
            file.execute("BEGIN")
            names = file.execute("SELECT id, name FROM person ORDER BY name").fetchall()
            images = file.execute("SELECT id, person FROM image ORDER BY id").fetchall()
        rows = np.array(images, np.int64).reshape(-1, 2)
        order = np.argsort([person for person, _ in names], kind="stable")
        numbers = np.array([person for person, _ in names], np.int64)[order]
        return rows[:, 0], order[np.searchsorted(numbers, rows[:, 1])], [name for _, name in names]

    def images(self, person: str | None = None) -> list[Image]:
        """List the enrolled images, of one person or of all, by person and name."""
        return self._images("1") if person is None else self._images("person.name = ?", person)

    def _images(self, where: str, *values: object) -> list[Image]:
        rows = self._rows(
            "SELECT image.id, person.name, image.name, sha256, vector_sha256, eyes_px, sharpness, roll_deg, "
            f"nose_offset, rivals, picture FROM image JOIN person ON person.id = image.person WHERE {where} "
            "ORDER BY person.name, image.name, image.id",
            *values,
        )
        return [Image(row[0], row[1], row[2], row[3], row[4], Measures(*row[5:10]), row[10]) for row in rows]

    def image(self, number: int) -> Image | None:
        """Return the image of a number; None where there is none."""
        return next(iter(self._images("image.id = ?", number)), None)

    def crop(self, image: int) -> bytes | None:
        """Return the crop of an image's face as the content of a JPEG; None where none is kept."""
        rows = self._rows("SELECT crop FROM image WHERE id = ?", image)
        return rows[0][0] if rows else None

    def crops(self) -> int:
        """Count the crops that are kept, those of photos that are not enrolled, too."""
        return sum(self._rows("SELECT (SELECT count(crop) FROM image), count(crop) FROM reading")[0])

    def enrolled(self, sha256: str) -> tuple[str, str] | None:
        """Return the person and the name of the image with this content, None where it is not enrolled."""
        rows = self._rows(
            "SELECT person.name, image.name FROM image JOIN person ON person.id = image.person WHERE sha256 = ?", sha256
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def refused(self) -> list[Refused]:
        """List the photos that are not enrolled, by person and name."""
        kinds = get_args(Kind)
        rows = self._rows("SELECT person, name, kind, words FROM refused ORDER BY person, name")
        return [Refused(*row) for row in rows if row[2] in kinds]

    def reading(self, sha256: str, dimensions: int) -> Reading | None:
        """Return what was read from a file of this content and is kept; None where nothing is."""
        rows = self._rows(
            "SELECT kind, words, eyes_px, sharpness, roll_deg, nose_offset, rivals, picture, vector, crop FROM reading "
            "WHERE sha256 = ?",
            sha256,
        )
        if not rows:
            return None
        kind, words, *measures, picture, vector, crop = rows[0]
        if kind:
            return Reading(sha256, Refusal(kind, words)) if kind in get_args(Kind) else None
        if None in measures or picture is None or (vector is not None and len(vector) != 4 * dimensions):
            return None
        numbers = None if vector is None else np.frombuffer(vector, "<f4").astype(np.float32)
        return Reading(sha256, None, Measures(*measures), picture, numbers, crop)

    def problems(self) -> list[str]:
        """Check the whole file by SQLite; a line for each fault."""
        with self._open() as file:
            found = [str(row[0]) for row in file.execute("PRAGMA integrity_check(20)")]
            alone = file.execute("PRAGMA foreign_key_check").fetchall()
            found += [f"image {row[1]} is of a person who is not there" for row in alone]
        return [line for line in found if line != "ok"]

    # What is written

    def keep_readings(self, readings: Sequence[Reading]) -> None:
        """Keep what was read, so that it is not read again after a kill."""
        rows = []
        for one in readings:
            kind, words = one.refusal or ("", "")
            measures = one.measures or (None,) * len(Measures._fields)
            vector = None if one.vector is None else one.vector.astype("<f4").tobytes()
            rows.append((one.sha256, kind, words, *measures, one.picture, vector, one.crop))
        with self._change() as file:
            file.executemany("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def forget_faces(self) -> None:
        """Delete the faces of photos that were read and not enrolled, and keep why they were not."""
        with self._change() as file:
            file.execute("DELETE FROM reading WHERE vector IS NOT NULL OR crop IS NOT NULL")

    def end_build(self) -> None:
        """Mark the build as ended."""
        with self._change() as file:
            file.execute("UPDATE state SET source = ''")

    def reserve(self, count: int) -> range:
        """Take ``count`` numbers for images, which nobody gets again."""
        with self._change() as file:
            start = int(file.execute("SELECT following FROM state").fetchone()[0])
            file.execute("UPDATE state SET following = ?", (start + count,))
        return range(start, start + count)

    def enrol(self, images: Sequence[Image], crops: Sequence[bytes | None]) -> None:
        """Add images, whose vectors are in the store, and their people, all at once."""
        with self._change() as file:
            people = sorted({(one.person,) for one in images})
            file.executemany("INSERT OR IGNORE INTO person (name) VALUES (?)", people)
            file.executemany(
                "INSERT INTO image VALUES (?, (SELECT id FROM person WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(*one[:5], *one.measures, one.picture, crop) for one, crop in zip(images, crops, strict=True)],
            )
            file.executemany("DELETE FROM reading WHERE sha256 = ?", [(one.sha256,) for one in images])
            file.executemany(
                "DELETE FROM refused WHERE person = ? AND name = ?", [(one.person, one.name) for one in images]
            )

    def refuse(self, refused: Sequence[Refused]) -> None:
        """Write down photos that are not enrolled, in place of what was said of them."""
        with self._change() as file:
            file.executemany("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", refused)

    def remove(self, ids: Sequence[int], people: Sequence[str]) -> None:
        """Remove images, and these people with all that is said of them; their images have to be among ``ids``."""
        with self._change() as file:
            file.execute(CHANGED)
            file.executemany("DELETE FROM image WHERE id = ?", [(one,) for one in ids])
            file.executemany("DELETE FROM person WHERE name = ?", [(one,) for one in people])
            file.executemany("DELETE FROM refused WHERE person = ?", [(one,) for one in people])

    def rename(self, old: str, new: str) -> None:
        """Give a person another name; the images of one who is there already go to whoever has it."""
        with self._change() as file:
            there = file.execute("SELECT id FROM person WHERE name = ?", (new,)).fetchone()
            if there is None:
                file.execute("UPDATE person SET name = ? WHERE name = ?", (new, old))
            else:
                own = file.execute("SELECT id FROM person WHERE name = ?", (old,)).fetchone()
                file.execute(CHANGED)
                file.execute("UPDATE image SET person = ? WHERE person = ?", (there[0], own[0]))
                file.execute("DELETE FROM person WHERE id = ?", own)
            file.execute("UPDATE OR REPLACE refused SET person = ? WHERE person = ?", (new, old))
