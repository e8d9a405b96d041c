"""Beginning a gallery, or going on with one that a kill has left unfinished."""

from pathlib import Path

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.reading.encoder_identity import same_encoder
from eigen2arc.recognize.reading.face_reader import FaceReader

from .about import FILE, About, check_store, describe, read_about, write_about
from .gallery import Gallery
from .gate import Limits
from .ledger import Ledger
from .publishing import claim

#: What has to be asked for as it was when a build began, and how it is called.
ASKED = {"stages": "encoder", "files": "network", "keeps_images": "--images", "limits": "limits", "store": "--store"}


def begin(
    folder: Path,
    source: Path,
    recognizer: Recognizer,
    limits: Limits,
    *,
    keeps_images: bool,
    store: str = "",
    device: str | None = None,
) -> Gallery:
    """Begin the gallery in ``folder``, which is empty, or go on with the one that was begun there of ``source``.

    store : the address of a server for the vectors, "" for the folder. The folder is held by the caller. Raises
    UserError for a folder that holds something else, or a gallery that is complete, or was begun with another folder,
    encoder, or other options.
    """
    check_store(store, "--store")
    reader = FaceReader.of(recognizer, device)
    about = describe(recognizer, reader, limits, keeps_images=keeps_images, store=store)
    begun_with = digest(str(source.resolve()))
    if not (folder / FILE).exists():
        others = sorted(path.name for path in folder.iterdir())
        if others:
            raise UserError(f"{folder}: holds {others[0]}, and is no gallery: take a new folder")
        write_about(folder, about)
    _check_the_same(folder, read_about(folder), about)
    Ledger(folder).create(begun_with)
    gallery = Gallery.open(folder, device)
    gallery.reader = reader
    claim(gallery)
    if (begun := gallery.ledger.source()) != begun_with:
        said = "is complete" if not begun else "was begun with the photos of another folder"
        raise UserError(f"{folder}: {said}: more photos are added by eigen2arc gallery add {folder} {source}")
    return gallery


def _check_the_same(folder: Path, begun: About, asked: About) -> None:
    for name, called in ASKED.items():
        if getattr(begun, name) != getattr(asked, name):
            raise UserError(f"{folder}: was begun with other {called}: give the same, or take a new folder")
    if not same_encoder(*(np.array(one.pattern, np.float32) for one in (begun, asked))):
        raise UserError(f"{folder}: was begun with another encoder, whose vectors differ: take a new folder")
