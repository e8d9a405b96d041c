"""State dicts that others wrote with torch.save: read as plain tensors, and nothing in the file is run."""

import os
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from eigen2arc.core.errors import UserError, parsing

#: What some of them were saved in: torch's wrapper for several devices puts its name before every key.
WRAPPER = "module."


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file written by torch.save, without WRAPPER. Raises UserError for any other file.

    Nothing in the file is run: torch reads plain tensors only.
    """
    with parsing(path, "is not a file of plain tensors written by torch.save"), warnings.catch_warnings():
        # A pickle of Python's own protocol is refused in a moment: torch's remarks on it help nobody.
        warnings.simplefilter("ignore")
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    _check_not_larger(archive, os.fstat(file.fileno()).st_size)
        state = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(map(_is_plain, state.values())):
        raise UserError(f"{path}: expected a state dict, names and plain tensors; got {_kinds(state)}")
    return {str(name).removeprefix(WRAPPER): value for name, value in state.items()}


def _check_not_larger(archive: zipfile.ZipFile, file_bytes: int) -> None:
    """Check that what is made of a file of torch.save's is no larger than the file: nothing in it is compressed."""
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise ValueError("it is compressed, as torch.save does not write it")
    if sum(member.file_size for member in archive.infolist()) > file_bytes:
        raise ValueError("its members are larger than the file")


def _is_plain(value: object) -> bool:
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
