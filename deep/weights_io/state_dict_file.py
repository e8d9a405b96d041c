"""State dicts that others wrote with torch.save: read as plain tensors, and nothing in the file is run."""

import argparse
import os
import pickle
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import torch
from torch import Tensor

from eigen2arc.core.errors import UserError, parsing

#: What some of them were saved in: torch's wrapper for several devices puts its name before every key.
WRAPPER = "module."

#: Dictionaries in dictionaries are searched for tensors so deep: a Lightning checkpoint's optimizers have 4.
DEEPEST = 6

#: How torch names what it does not load.
UNKNOWN = re.compile(r"Unsupported (?:global|class)[^\n]*?(?:GLOBAL )?([\w.]+) was not an allowed global")


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file written by torch.save, without WRAPPER. Raises UserError for any other file.

    Nothing in the file is run: torch reads plain tensors only.
    """
    state = _load(path)
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(map(_is_plain, state.values())):
        raise UserError(f"{path}: expected a state dict, names and plain tensors; got {_kinds(state)}")
    return {str(name).removeprefix(WRAPPER): value for name, value in state.items()}


def read_tensors(path: Path) -> tuple[dict[str, Tensor], list[str]]:
    """Read all tensors of a file written by torch.save, however deep they lie in it, and name what holds none.

    Their names are those of the dictionaries on the way, joined by points: "net_state_dict.module.conv1.weight".
    Nothing in the file is run. Raises UserError for any other file, and for one without a plain tensor.
    """
    state = _load(path)
    tensors: dict[str, Tensor] = {}
    others: list[str] = []

    def walk(value: object, name: str, depth: int) -> None:
        if _is_plain(value):
            tensors[name] = value
        elif isinstance(value, Mapping) and depth < DEEPEST:
            before = len(tensors)
            for key, inner in value.items():
                walk(inner, f"{name}.{key}" if name else str(key), depth + 1)
            if depth == 1 and len(tensors) == before:
                others.append(name)
        elif depth == 1:
            others.append(name)

    walk(state, "", 0)
    if not tensors:
        raise UserError(f"{path}: expected a state dict, names and plain tensors; got {_kinds(state)}")
    return tensors, others


def _load(path: Path) -> Any:
    """What a file of torch.save's holds; the settings that argparse makes of a command line may be among it."""
    with parsing(path, "is not a file of plain tensors written by torch.save"), warnings.catch_warnings():
        # A pickle of Python's own protocol is refused in a moment: torch's remarks on it help nobody.
        warnings.simplefilter("ignore")
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    _check_not_larger(archive, os.fstat(file.fileno()).st_size)
        try:
            with torch.serialization.safe_globals([argparse.Namespace]):
                return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if found := UNKNOWN.search(str(error)):
                raise UserError(
                    f"{path}: is not a file of plain tensors: it holds a {found[1]:.80}, which can run code and is not "
                    "loaded. Where you trust it, load it in Python, and save its state_dict() alone"
                ) from error
            raise


def _check_not_larger(archive: zipfile.ZipFile, file_bytes: int) -> None:
    """Check that what is made of a file of torch.save's is no larger than the file: nothing in it is compressed."""
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise ValueError("it is compressed, as torch.save does not write it")
    if sum(member.file_size for member in archive.infolist()) > file_bytes:
        raise ValueError("its members are larger than the file")


def _is_plain(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor that has its numbers in memory: none that is sparse, quantised, or without content."""
    return isinstance(value, Tensor) and value.layout is torch.strided and value.is_cpu and not value.is_quantized


def _kinds(state: object) -> str:
    """What a file holds that is no state dict, for the error: "dict with epoch, model, optimizer"."""
    if not isinstance(state, Mapping) or not state:
        return type(state).__name__
    return f"{type(state).__name__} with {named_keys(map(str, state), 6)}"


def named_keys(keys: Iterable[str], most: int = 4) -> str:
    """Name the first keys of a state dict, and say how many there are, so that a person can see what file it is."""
    listed = list(keys)
    rest = f", ... ({len(listed)} in all)" if len(listed) > most else ""
    return ", ".join(f"{key:.60}" for key in listed[:most]) + rest
