"""Packing a labelled set into RecordIO or shards, so that a run that was stopped goes on where it was.

The images are taken person by person, so many at a time. Each such chunk becomes a shard, and the list of what was
left out, written whole or not at all; a shard that is there is not made again. RecordIO is put together from the
shards at the end, and these are removed. So the result does not depend on how often it was stopped.
"""

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json, write_text
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.containers.numbered_names import check_lines
from eigen2arc.datasets.containers.recordio_writer import write_recordio
from eigen2arc.datasets.containers.shard_samples import index_shard, read_shard
from eigen2arc.datasets.containers.shard_writer import write_shard
from eigen2arc.datasets.containers.sidecar import kept

from .pack_faces import FacePacker, Skipped

FORMATS = ("rec", "shards")

#: What is kept only until all is done.
PARTS = "parts"

#: What core.files.atomic_write had not finished when it was killed.
LEFTOVERS = ".*.part"


def recipe(dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a packed set was made from and how: a folder is gone on with only by the same recipe."""
    faces = None if dataset.faces is None else [[f.boxes, f.scores, f.landmarks] for f in dataset.faces]
    images = digest(list(dataset.images.names), dataset.labels, dataset.people, faces)
    return {"dataset": dataset.name, "images": images, **settings}


def pack(
    packer: FacePacker,
    out: Path,
    *,
    form: str,
    per_shard: int,
    made_by: dict[str, Any],
    tell: Callable[[int, Sequence[Skipped]], object],
) -> dict[str, Any]:
    """Pack a set into the folder ``out``; returns the counts of images, people and what was skipped.

    form : one of FORMATS. per_shard : source images in a shard. made_by : recipe(), kept as pack.json; a folder of
    another recipe is refused with a UserError. tell : hears of each chunk that is done: how many images it had, and
    those left out. They are listed in skipped.csv, too.
    """
    dataset, note = packer.dataset, out / "pack.json"
    assert dataset.labels is not None
    _check_out(out, note, made_by)
    done = json.loads(note.read_text("utf-8")).get("counts") if note.exists() else None
    if done is None:
        check_lines(dataset.people)
        check_lines(dataset.images.names)
        write_json(note, {"recipe": made_by})
        for leftover in [*out.glob(LEFTOVERS), *(out / PARTS).glob(LEFTOVERS)]:
            leftover.unlink()
        shards, skipped = _pack_chunks(packer, out, form, per_shard, tell)
        write_text(out / "skipped.csv", _table(skipped))
        if len(skipped) == len(dataset.images):
            raise UserError(f"{dataset.name}: not one face to pack; {out / 'skipped.csv'} says why")
        done = _finish(out, form, shards, dataset, packer.size_px)
        done["skipped"] = dict(Counter(one.reason for one in skipped))
        write_json(note, {"recipe": made_by, "counts": done})
    shutil.rmtree(out / PARTS, ignore_errors=True)
    return done


def _check_out(out: Path, note: Path, made_by: dict[str, Any]) -> None:
    if not note.exists():
        if out.exists() and (not out.is_dir() or set(out.iterdir()) - set(out.glob(LEFTOVERS))):
            raise UserError(f"{out}: is already there and not an empty folder; name a new one")
        return
    try:
        theirs = json.loads(note.read_text("utf-8"))["recipe"]
        different = sorted(key for key in {*theirs, *made_by} if theirs.get(key) != made_by.get(key))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{note}: is no note of a packing; name a new folder") from error
    if different:
        raise UserError(f"{out}: holds a set packed with another {', '.join(different)}; name a new folder")


def _pack_chunks(
    packer: FacePacker, out: Path, form: str, per_shard: int, tell: Callable[[int, Sequence[Skipped]], object]
) -> tuple[list[Path], list[Skipped]]:
    """All shards, and all that was left out."""
    labels, names = packer.dataset.labels, packer.dataset.images.names
    assert labels is not None
    order = np.argsort(labels, kind="stable")
    unknown = int((labels < 0).sum())
    everything = [Skipped(names[i], "nobody says who it is") for i in order[:unknown]]
    tell(unknown, everything)
    shards = []
    for number, start in enumerate(range(unknown, len(order), per_shard)):
        chunk = order[start : start + per_shard]
        shard = (out if form == "shards" else out / PARTS) / f"{number:06d}.tar"
        listing = out / PARTS / f"{number:06d}.csv"
        if shard.exists():
            skipped = _read_table(listing)
        else:
            made, skipped = packer.pack(chunk)
            write_text(listing, _table(skipped))
            write_shard(shard, made, first=start - unknown)  # last: it says that the chunk is done
        shards.append(shard)
        everything += skipped
        tell(len(chunk), skipped)
    return shards, everything


def _finish(out: Path, form: str, shards: Sequence[Path], dataset: Dataset, size_px: int) -> dict[str, Any]:
    """Put RecordIO together, or name the people of the shards; returns the counts of images and people."""
    if form == "rec":
        made = (sample for shard in shards for sample in read_shard(shard))
        images, people = write_recordio(out, made, people=dataset.people, size_px=size_px)
    else:
        write_text(out / "people.txt", "".join(f"{person}\n" for person in dataset.people))
        labels = np.concatenate([kept([shard], "index", partial(index_shard, shard))["label"] for shard in shards])
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
