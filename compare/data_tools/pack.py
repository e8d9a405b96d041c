"""Packing a labelled set into RecordIO or shards, so that an interrupted run resumes where it stopped.

The images are taken person by person, so many at a time. Each such chunk becomes a shard, and the list of what was
left out, written whole or not at all; a shard that is there is not made again. RecordIO is put together from the
shards at the end, and these are removed. So the result does not depend on how often it was stopped.
"""

import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, read_json, write_json, write_text
from eigen2arc.core.image import ImageError, encode
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.stages import Aligner, Detector
from eigen2arc.core.types import Dataset, Faces, Status
from eigen2arc.datasets.containers.numbered_names import check_lines
from eigen2arc.datasets.containers.recordio_writer import Sample, write_recordio
from eigen2arc.datasets.containers.sidecar import cached
from eigen2arc.datasets.containers.webdataset import index_shard, read_shard, write_shard

#: Images in a batch for the detector; during it the next ones are read.
BATCH = 16


class Skipped(NamedTuple):
    """An image that is not packed: its name in the set, why, and what is wrong with the file where it is that."""

    name: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class FacePacker:
    """Makes samples of a set's images, in threads of ``pool``. A chunk's samples depend on the chunk only.

    detector : None takes the set's annotated faces. aligner : None takes images that are aligned crops already.
    size_px : side of a crop. suffix : ".jpg" or ".png".
    """

    dataset: Dataset
    detector: Detector | None
    aligner: Aligner | None
    size_px: int
    suffix: str
    jpeg_quality: int
    pool: ThreadPoolExecutor

    def __post_init__(self) -> None:
        if self.dataset.labels is None:
            raise UserError(f"{self.dataset.name} does not say who is who: only labelled sets can be packed")
        if self.aligner is not None and self.detector is None and self.dataset.faces is None:
            raise UserError(
                f"{self.dataset.name} has no annotated faces: name a detector with --detector, or say with --aligned "
                "that its images are aligned crops"
            )

    def pack(self, chunk: np.ndarray) -> tuple[list[Sample], list[Skipped]]:
        """Make the samples of the images ``chunk`` (C,) int64, in that order, and list those that are left out."""
        samples: list[Sample] = []
        skipped: list[Skipped] = []
        batches = [chunk[start : start + BATCH].tolist() for start in range(0, len(chunk), BATCH)]
        ahead = self._read(batches[0])
        for number, batch in enumerate(batches, 1):
            images = [future.result() for future in ahead]
            ahead = self._read(batches[number]) if number < len(batches) else []
            made = self.pool.map(self._sample, batch, images, self._find(images))
            for result in made:
                if isinstance(result, Sample):
                    samples.append(result)
                else:
                    skipped.append(result)
        return samples, skipped

    def _read(self, batch: list[int]) -> list[Future[np.ndarray | ImageError]]:
        return [self.pool.submit(self._read_one, i) for i in batch]

    def _read_one(self, i: int) -> np.ndarray | ImageError:
        try:
            return self.dataset.images[i]
        except ImageError as error:
            return error

    def _find(self, images: Sequence[np.ndarray | ImageError]) -> list[Faces]:
        """The detected faces; none in images that cannot be read, or without a detector."""
        readable = [image for image in images if isinstance(image, np.ndarray)]
        found = iter(self.detector.detect(readable) if self.detector is not None and readable else ())
        return [next(found, Faces.none()) if isinstance(image, np.ndarray) else Faces.none() for image in images]

    def _sample(self, i: int, image: np.ndarray | ImageError, found: Faces) -> Sample | Skipped:
        """The sample of image i, or why there is none."""
        name = self.dataset.images.names[i]
        if isinstance(image, ImageError):
            return Skipped(name, "cannot be read", str(image))
        if self.aligner is None:
            crop = image
            if image.shape[:2] != (self.size_px, self.size_px):
                crop = cv2.resize(image, (self.size_px, self.size_px), interpolation=cv2.INTER_AREA)
        else:
            annotated = None if self.dataset.faces is None else self.dataset.faces[i].counted
            # In an image of several people the label is one person's.
            candidates = found if self.detector is not None else annotated or Faces.none()
            known = None if annotated is None else [annotated]
            located, status = locate([image], [candidates], known, on_missing="skip", choose="annotated")
            if status[0] != Status.FOUND:
                return Skipped(name, "no face annotated" if self.detector is None else "no face found")
            crop = cut(self.aligner, [image], located)[0]
        content = encode(crop, self.suffix, jpeg_quality=self.jpeg_quality)
        assert self.dataset.labels is not None
        return Sample(content, int(self.dataset.labels[i]), name)


#: The folder of what is needed only until all is done.
PARTS = "parts"

#: What core.files.atomic_write had not finished when it was killed.
LEFTOVERS = ".*.part"


@dataclass(frozen=True)
class Note:
    """pack.json: what a set is packed from, see recipe(), and when all is done the counts that pack() returns."""

    recipe: Json
    counts: Json | None = None


def recipe(dataset: Dataset, settings: Mapping[str, Any]) -> Json:
    """Describe what a packed set is made from and how: a folder is resumed only by the same recipe.

    The images are known by their content, Images.version: one that was mended since makes another set, and to read them
    once more is little beside detecting the faces in them.
    """
    faces = None if dataset.faces is None else [[f.boxes, f.scores, f.landmarks] for f in dataset.faces]
    images = digest(dataset.images.version, dataset.labels, dataset.people, faces)
    return {"dataset": dataset.name, "images": images, **settings}


def pack(
    packer: FacePacker,
    out: Path,
    *,
    form: str,
    per_shard: int,
    made_by: Json,
    on_chunk: Callable[[int, Sequence[Skipped]], object],
) -> Json:
    """Pack a set into the folder ``out``; returns the counts of images, people and what was skipped.

    form : "rec" or "shards". per_shard : source images in a shard. made_by : recipe(), stored as pack.json; a folder of
    another recipe is refused with a UserError. on_chunk : called after each chunk with the number of its images and
    those left out, which are listed in skipped.csv, too.
    """
    dataset, note = packer.dataset, out / "pack.json"
    assert dataset.labels is not None
    done = _counts(out, note, made_by)
    if done is None:
        check_lines(dataset.people)
        check_lines(dataset.images.names)
        write_json(note, {"recipe": made_by})
        for leftover in [*out.glob(LEFTOVERS), *(out / PARTS).glob(LEFTOVERS)]:
            leftover.unlink()
        shards, skipped = _pack_chunks(packer, out, form, per_shard, on_chunk)
        write_text(out / "skipped.csv", _table(skipped))
        if len(skipped) == len(dataset.images):
            raise UserError(f"{dataset.name}: not one face to pack; {out / 'skipped.csv'} says why")
        done = _finish(out, form, shards, dataset, packer.size_px)
        done["skipped"] = dict(Counter(one.reason for one in skipped))
        write_json(note, {"recipe": made_by, "counts": done})
    shutil.rmtree(out / PARTS, ignore_errors=True)
    return done


def _counts(out: Path, note: Path, made_by: Json) -> Json | None:
    """The counts of a set that is packed; None before. Raises UserError for a folder that holds something else."""
    if not note.exists():
        if out.exists() and (not out.is_dir() or set(out.iterdir()) - set(out.glob(LEFTOVERS))):
            raise UserError(f"{out}: is already there and not an empty folder; name a new one")
        return None
    there = read_json(note, Note, "Name a new folder")
    different = sorted(key for key in {*there.recipe, *made_by} if there.recipe.get(key) != made_by.get(key))
    if different:
        raise UserError(f"{out}: holds a set packed with another {', '.join(different)}; name a new folder")
    return there.counts


def _pack_chunks(
    packer: FacePacker, out: Path, form: str, per_shard: int, on_chunk: Callable[[int, Sequence[Skipped]], object]
) -> tuple[list[Path], list[Skipped]]:
    """All shards, and all that was left out."""
    labels, names = packer.dataset.labels, packer.dataset.images.names
    assert labels is not None
    order = np.argsort(labels, kind="stable")
    unknown = int((labels < 0).sum())
    everything = [Skipped(names[i], "nobody says who it is") for i in order[:unknown]]
    on_chunk(unknown, everything)
    shards = []
    for shard_number, start in enumerate(range(unknown, len(order), per_shard)):
        chunk = order[start : start + per_shard]
        shard = (out if form == "shards" else out / PARTS) / f"{shard_number:06d}.tar"
        listing = out / PARTS / f"{shard_number:06d}.csv"
        if shard.exists():
            skipped = _read_table(listing)
        else:
            made, skipped = packer.pack(chunk)
            write_text(listing, _table(skipped))
            write_shard(shard, made, first=start - unknown)  # last: it says that the chunk is done
        shards.append(shard)
        everything += skipped
        on_chunk(len(chunk), skipped)
    return shards, everything


def _finish(out: Path, form: str, shards: Sequence[Path], dataset: Dataset, size_px: int) -> Json:
    """Put RecordIO together, or name the people of the shards; returns the counts of images and people."""
    if form == "rec":
        made = (sample for shard in shards for sample in read_shard(shard))
        images, people = write_recordio(out, made, people=dataset.people, size_px=size_px)
    else:
        write_text(out / "people.txt", "".join(f"{person}\n" for person in dataset.people))
        labels = np.concatenate([cached([shard], "index", partial(index_shard, shard))["label"] for shard in shards])
        images, people = len(labels), len(np.unique(labels))
    return {"images": images, "people": people}


def _table(skipped: Sequence[Skipped]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([Skipped._fields, *skipped])
    return text.getvalue()


def _read_table(path: Path) -> list[Skipped]:
    # As bytes: a \r in the words for what is wrong with a file has to stay one.
    text = io.StringIO(path.read_bytes().decode("utf-8"), newline="")
    return [Skipped(*row) for row in list(csv.reader(text))[1:]]
