"""Fitted classical models on disk: one safetensors file, tensors and settings, nothing that could run.

One entry of the header's metadata, ``model``, is a JSON object that says what the file is (``format``), which plug-in
it belongs to (``name``) and its ``settings``. Everything is checked when a file is opened, so that a wrong one is
refused there and not in the middle of a run.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save as to_bytes

from .checks import check_finite, check_shape
from .component import Component
from .errors import UserError, parsing
from .files import atomic_write

#: Changes with the meaning of the content: a file of another format is refused, not guessed at.
FORMAT = "eigen2arc classical model, 1"


def save(path: Path | str, name: str, settings: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> None:
    """Write a fitted model of the plug-in ``name`` to a file, atomically; a Component in its settings as a table."""
    # One entry, because safetensors writes several in random order: the same model is to give the same bytes.
    content = {"format": FORMAT, "name": name, "settings": settings}
    model = json.dumps(content, sort_keys=True, allow_nan=False, default=Component.table)
    whole = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    with atomic_write(path) as file:
        file.write(to_bytes(whole, metadata={"model": model}))


def load(path: Path | str, name: str, shapes: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a fitted model of the plug-in ``name`` from a file: its settings and tensors.

    shapes : see check_tensors. Raises UserError for what read() and check_tensors() refuse.
    """
    settings, tensors = read(path, name)
    check_tensors(path, tensors, shapes)
    return settings, tensors


def read(path: Path | str, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read settings and tensors of a model whose settings say which tensors it has: check_tensors() comes after it.

    Raises UserError for a file that is missing, not safetensors (a pickle, for one), of another plug-in or format.
    """
    with (
        parsing(path, "is not a safetensors file", "Other formats are not loaded"),
        safe_open(path, framework="numpy") as file,
    ):
        model = _header(file.metadata() or {})
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (the file is no mapping)
    if model.get("format") != FORMAT or not isinstance(model.get("settings"), dict):
        raise UserError(f"{path}: is not a model written by eigen2arc of this version")
    if model.get("name") != name:
        raise UserError(f"{path}: holds a model of {model.get('name')!r:.60}, not of {name!r}")
    return model["settings"], tensors


def _header(metadata: Mapping[str, str]) -> dict[str, Any]:
    """What save() put into the metadata; empty for a file of someone else's."""
    try:
        model = json.loads(metadata["model"])
    except (KeyError, ValueError, RecursionError):
        return {}
    return model if isinstance(model, dict) else {}


def check_tensors(
    path: Path | str, tensors: Mapping[str, np.ndarray], shapes: Mapping[str, str], integers: Collection[str] = ()
) -> None:
    """Check that there are these tensors and no others, of these shapes, finite, float32 or (``integers``) int32.

    shapes : the pattern of each tensor as in core.checks.check_shape, e.g. ``{"mean": "D", "axes": "K D"}``; a letter
    stands for the same size in all of them. Raises UserError that names the file.
    """
    if set(tensors) != set(shapes):
        raise UserError(f"{path}: expected the tensors {', '.join(sorted(shapes))}, got {', '.join(sorted(tensors))}")
    sizes: dict[str, int] = {}
    try:
        for key, pattern in shapes.items():
            known = " ".join(str(sizes.get(letter, letter)) for letter in pattern.split())
            sizes |= check_shape(tensors[key], known, key)
            expected = "int32" if key in integers else "float32"
            if tensors[key].dtype != expected:
                raise ValueError(f"{key}: expected {expected}, got {tensors[key].dtype}")
            check_finite(tensors[key], key)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
