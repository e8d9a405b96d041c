"""A digest of the images that a training learns from: a resumed one can tell whether they are still the same."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eigen2arc.core.image_folder import find_images


def digest_folders(folders: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Describe folders of images, by what they are for: their number and a digest (SHA-256) of names and content."""
    return {kind: _digest(paths) for kind, paths in folders.items()}


def _digest(folders: Sequence[str]) -> dict[str, Any]:
    digest, paths = hashlib.sha256(), find_images([Path(folder) for folder in folders])
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return {"folders": list(folders), "pictures": len(paths), "sha256": digest.hexdigest()}
