"""Finding images in folders: one rule for every search, and one line that counts what it left out."""

import logging
import os
from collections import Counter
from pathlib import Path

from .errors import UserError
from .image import SUFFIXES

#: What macOS, Windows and NAS systems leave in folders; so is all that begins with a dot.
LITTER = frozenset({"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "thumbs.db"})

log = logging.getLogger(__name__)


def image_names(folder: Path, videos: frozenset[str] = frozenset()) -> list[str]:
    """List the images below a folder by their paths from there, with slashes, in order of name.

    What systems leave in folders is no image, whatever its name ends with; links to folders are followed, each folder
    once. No file is opened or asked for its state, so that millions are listed in seconds. Logs one line that counts
    what was left out, by reason, if anything was. videos : suffixes of videos, where they are wanted, too.
    """
    names: list[str] = []
    left_out: Counter[str] = Counter()
    seen: set[str] = set()
    closed_folders: list[str] = []

    def closed(error: OSError) -> None:
        closed_folders.append(os.path.relpath(error.filename, folder))

    for where, folders, files in os.walk(folder, followlinks=True, onerror=closed):
        real = os.path.realpath(where)
        litter = [name for name in folders if _is_litter(name)]
        folders[:] = [] if real in seen else [name for name in folders if name not in litter]
        if real in seen:
            continue
        seen.add(real)
        left_out["left by a system"] += len(litter)
        inside = os.path.relpath(where, folder).replace(os.sep, "/")
        for file in files:
            suffix = os.path.splitext(file)[1].lower()
            if _is_litter(file):
                left_out["left by a system"] += 1
            elif suffix in SUFFIXES or suffix in videos:
                names.append(file if inside == "." else f"{inside}/{file}")
            else:
                left_out[suffix or "without an ending"] += 1
    if closed_folders:
        named = ", ".join(
            [repr(name)[1:-1] for name in sorted(closed_folders)[:3]] + ["..."] * (len(closed_folders) > 3)
        )
        left_out[f"folders that cannot be read ({named})"] = len(closed_folders)
    if counted := [f"{count:,} {reason}" for reason, count in left_out.most_common() if count]:
        log.warning("%s: left out: %s", folder, ", ".join(counted))
    return sorted(names)


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
