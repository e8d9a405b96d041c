"""Cascade files of either format, told apart by their names: .json is the project's own, .xml OpenCV's."""

from pathlib import Path
from typing import Any

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.core.errors import UserError

from .json_form import read_cascade_json, write_cascade_json
from .xml_form import find_cascade, read_cascade
from .xml_write import write_cascade_xml


def load_cascade(name: Path | str) -> Cascade:
    """Read a cascade of either format, see find_cascade for what it may be called. Raises UserError."""
    path = find_cascade(name)
    return read_cascade_json(path) if path.suffix.lower() == ".json" else read_cascade(path)


def save_cascade(path: Path, cascade: Cascade, about: dict[str, Any]) -> None:
    """Write a cascade in the format that the name says, atomically. about : kept in JSON only, XML has no place for it.

    Raises UserError for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        write_cascade_json(path, cascade, about)
    elif suffix == ".xml":
        write_cascade_xml(path, cascade)
    else:
        raise UserError(f"{path}: a cascade is written as .json or .xml, not as {suffix or 'a file without suffix'}")
