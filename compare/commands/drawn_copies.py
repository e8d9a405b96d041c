"""Copies of images with something drawn in, below one folder; no file is written over but such a copy."""

import logging
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from eigen2arc.core.errors import UserError

log = logging.getLogger(__name__)


def copies(found: Sequence[Path], given: Sequence[Path], draw: Path, made_by: str) -> dict[Path, Path]:
    """Say where each image's copy lies, see copy_of; images that are themselves copies in that folder are left out.

    found : the images among the files and folders ``given``. draw : the folder of copies, in which they lie as the
    images do below what all that is given has in common. made_by : what copies say of themselves. Raises UserError
    where one would be written over what is no such copy.
    """
    from eigen2arc.core.image import is_made_by

    inside = os.path.realpath(draw) + os.sep
    real = {path: os.path.realpath(path) for path in found}
    read = [path for path in found if not (real[path].startswith(inside) and is_made_by(path, made_by))]
    if len(read) < len(found):
        log.warning("%s: left out: %s images drawn before", draw, f"{len(found) - len(read):,}")
    top = os.path.commonpath([os.path.abspath(one if os.path.isdir(one) else one.parent) for one in given])
    drawn = {path: draw / os.path.relpath(os.path.abspath(path), top) for path in read}
    taken = {real[path] for path in read}
    for path in drawn.values():
        taken.add(os.path.realpath(copy_of(path, None, made_by, taken)))
    return drawn


def copy_of(path: Path, number: int | None, made_by: str, taken: Collection[str] = ()) -> Path:
    """Return the path of an image's copy, or of that of a video's frame; UserError where something else is."""
    from eigen2arc.core.image import WRITTEN, is_made_by

    if number is not None:
        path = path.with_name(f"{path.name}-{number:06d}.jpg")
    elif path.suffix.lower() not in WRITTEN:
        path = path.with_name(f"{path.name}.png")
    if os.path.realpath(path) in taken or (path.exists() and not is_made_by(path, made_by)):
        raise UserError(f"--draw: {path} would be written over: name another folder, an empty one for instance")
    return path
