"""Finding images in folders: one rule for every search, and one line that counts what it left out."""

import logging
import os
from collections import Counter
from pathlib import Path
from typing import Literal, NamedTuple

from .errors import UserError
from .image import SUFFIXES

#: What macOS, Windows and NAS systems leave in folders; so is all that begins with a dot.
LITTER = frozenset({"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "thumbs.db"})

log = logging.getLogger(__name__)


#: Why something in a folder is not taken for an image. "other" : by the ending of its name.
Reason = Literal["left by a system", "folder that cannot be read", "folder that is there twice", "other"]


class LeftOut(NamedTuple):
    """A file, or a folder that is not looked into, by its path from the folder that is searched, with slashes."""

    name: str
    reason: Reason


def survey(folder: Path, videos: frozenset[str] = frozenset()) -> tuple[list[str], list[LeftOut]]:
    """List the images below a folder by their paths from there, with slashes, in order of name, and all that is none.

    What systems leave in folders is no image, whatever its name ends with; links to folders are followed, each folder
    once. No file is opened or asked for its state, so that millions are listed in seconds. videos : suffixes of videos,
    where they are wanted, too.
    """
    names: list[str] = []
    left_out: list[LeftOut] = []
    seen: set[str] = set()

    def closed(error: OSError) -> None:
        left_out.append(LeftOut(_below(folder, error.filename), "folder that cannot be read"))

    for where, folders, files in os.walk(folder, followlinks=True, onerror=closed):
        real, inside = os.path.realpath(where), _below(folder, where)
        prefix = "" if inside == "." else f"{inside}/"
        if real in seen:
            folders.clear()
            left_out.append(LeftOut(inside, "folder that is there twice"))
            continue
        seen.add(real)
        left_out += [LeftOut(f"{prefix}{name}", "left by a system") for name in folders if _is_litter(name)]
        folders[:] = sorted(name for name in folders if not _is_litter(name))
        for file in files:
            suffix = os.path.splitext(file)[1].lower()
            if _is_litter(file):
                left_out.append(LeftOut(f"{prefix}{file}", "left by a system"))
            elif suffix in SUFFIXES or suffix in videos:
                names.append(f"{prefix}{file}")
            else:
                left_out.append(LeftOut(f"{prefix}{file}", "other"))
    return sorted(names), sorted(left_out)


def _below(folder: Path, path: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def image_names(folder: Path, videos: frozenset[str] = frozenset()) -> list[str]:
    """List the images below a folder, see survey, and log one line that counts what was left out, if anything was.

    The line counts files by the ending of their names, and names the first folders that cannot be read.
    """
    names, left_out = survey(folder, videos)
    closed = [one.name for one in left_out if one.reason == "folder that cannot be read"]
    counts = Counter(
        os.path.splitext(one.name)[1].lower() or "without an ending" if one.reason == "other" else one.reason
        for one in left_out
        if one.reason in ("other", "left by a system")
    )
    if closed:
        named = ", ".join([repr(name)[1:-1] for name in closed[:3]] + ["..."] * (len(closed) > 3))
        counts[f"folders that cannot be read ({named})"] = len(closed)
    if counts:
        counted = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())
        log.warning("%s: left out: %s", folder, counted)
    return names


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in LITTER


def find_images(paths: list[Path], videos: frozenset[str] = frozenset()) -> list[Path]:
    """Find the image files among files and folders (searched through, see image_names), folders in order of name.

    A named file is taken whatever its suffix. Raises UserError for a missing or private path, or a folder without
    images, or, where suffixes of videos are given, without images and videos.
    """
    found: list[Path] = []
    for path in paths:
        try:
            path.stat()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError | NotADirectoryError)
            raise UserError(f"{path}: {'no such file or folder' if missing else error.strerror}") from None
        if path.is_dir():
            inside = sorted(path / name for name in image_names(path, videos))
            if not inside:
                what = "images or videos" if videos else "images"
                raise UserError(f"{path}: the folder holds no {what} ({', '.join(sorted(SUFFIXES | videos))})")
            found.extend(inside)
        else:
            found.append(path)
    return found
