"""What a gallery says of itself, in gallery.json: by which encoder its vectors are, and what it keeps."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eigen2arc.core.bounds import EmbeddingSize
from eigen2arc.core.component import Component, files_named
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, read_json, write_json
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.settings import settings_of_file
from eigen2arc.recognize.reading.encoder_identity import check_files, same_encoder
from eigen2arc.recognize.reading.face_reader import FaceReader
from eigen2arc.recognize.stores.open_store import is_address

from .gate import Limits

FILE = "gallery.json"

#: Matchers whose scores a store gives.
METRICS = ("cosine", "euclidean")

#: The stages of a reader.
STAGES = ("detector", "aligner", "encoder")

#: Of the crops of a reader: the file may be another's, and is not to ask for the whole memory.
LARGEST_PX = 1024


@dataclass(frozen=True)
class About:
    """What a gallery says of itself; see encoder_identity for what has to be the same before vectors are compared.

    title : what the encoder is, in words. stages : a table of a name and settings for each of STAGES. files : SHA-256
    by path of those that they name. pattern : the vector of the drawn pattern. metric : by which vectors are compared.
    dimensions : of a vector. keeps_images : whether the crops of faces are kept. limits : see gate.Limits. store : the
    address of the server that holds the vectors, "" where they lie in the folder. id : of this gallery alone. caution :
    what has to be said wherever the vectors decide. version : of the package that made it.
    """

    title: str
    stages: Mapping[str, Any]
    files: Mapping[str, Any]
    pattern: list[float]
    metric: Literal["cosine", "euclidean"]
    dimensions: EmbeddingSize
    keeps_images: bool
    limits: Mapping[str, Any]
    store: str
    id: str
    caution: str
    version: str
    format: Literal[1] = 1


def describe(recognizer: Recognizer, reader: FaceReader, limits: Limits, *, keeps_images: bool, store: str) -> About:
    """Describe a new gallery whose faces ``reader`` reads, by the parts of ``recognizer``.

    Raises UserError for an encoder whose vectors no store compares.
    """
    metric = reader.encoder.matcher
    if metric not in METRICS:
        raise UserError(
            f"encoder {recognizer.encoder.name}: its vectors are compared by {metric}, and those of a gallery by "
            f"{' or '.join(METRICS)}: take another encoder"
        )
    stages = {kind: component.table() for kind, component in zip(STAGES, recognizer[:3], strict=True)}
    return About(
        title=recognizer.title,
        stages=stages,
        files=files_named(stages),
        pattern=[float(value) for value in reader.pattern],
        metric="cosine" if metric == "cosine" else "euclidean",
        dimensions=len(reader.pattern),
        keeps_images=keeps_images,
        limits=asdict(limits),
        store=store,
        id=secrets.token_hex(16),
        caution=recognizer.caution,
        version=version("eigen2arc"),
    )


def write_about(folder: Path, about: About) -> None:
    """Write gallery.json into the folder of a gallery, atomically."""
    write_json(folder / FILE, asdict(about))


def read_about(folder: Path) -> About:
    """Read gallery.json of a folder. Raises UserError, a line that names the file, for any other."""
    path = folder / FILE
    if not path.is_file():
        raise UserError(f"{folder}: is no gallery, it has no {FILE}: eigen2arc gallery build PHOTOS --out {folder}")
    settings: Json = read_json(path, dict[str, Any])
    if settings.get("format") != 1:
        raise UserError(f"{path}: is a gallery of format {settings.get('format')!r:.60}; this version reads format 1")
    about = settings_of_file(About, settings, path)
    limits_of(about, path)
    check_store(about.store, path)
    if len(about.pattern) != about.dimensions:
        raise UserError(f"{path}: its pattern has {len(about.pattern)} numbers, expected {about.dimensions}")
    return about


def check_store(store: str, owner: Path | str) -> None:
    """Raise UserError, in the name of ``owner``, for a store that is no address of a server, and not ""."""
    if store and not is_address(store):
        raise UserError(f"{owner}: the store {store!r:.200} is no address: milvus://HOST:PORT/COLLECTION")


def limits_of(about: About, path: Path | str) -> Limits:
    """Return the limits that a gallery was built with; path : what a message calls it."""
    return settings_of_file(Limits, about.limits, path)


def build_reader(about: About, folder: Path, device: str | None) -> FaceReader:
    """Build the reader of a gallery, checked to give the vectors that it holds; device : where its networks run.

    Raises UserError where its stages are no whole reader, or the encoder is another one.
    """
    path = folder / FILE
    if set(about.stages) != set(STAGES):
        raise UserError(f"{path}: its stages are {', '.join(map(str, about.stages))}, expected {', '.join(STAGES)}")
    detector, aligner, encoder = (Component.parse(kind, about.stages[kind], f"{path}: {kind}") for kind in STAGES)
    check_files(about.files, path, "start where the gallery was built")
    reader = FaceReader.of(Recognizer(detector, aligner, encoder, about.title), device)
    size_px = reader.aligner.size_px
    if size_px > LARGEST_PX:
        raise UserError(f"{path}: crops of {size_px} pixels are larger than the allowed {LARGEST_PX}")
    if not same_encoder(np.array(about.pattern, np.float32), reader.pattern):
        raise UserError(
            f"{folder}: the encoder {encoder.name} is another one than when the people were enrolled: it gives other "
            "vectors. Take the weights and the version that it was made with, or build the gallery again"
        )
    return reader
