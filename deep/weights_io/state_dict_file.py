"""State dicts that others wrote with torch.save: read as plain tensors, and nothing in the file is run."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from eigen2arc.core.errors import UserError

#: What some of them were saved in: torch's wrapper for several devices puts its name before every key.
WRAPPER = "module."


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file written by torch.save, without WRAPPER. Raises UserError for any other file.

    Nothing in the file is run: torch reads plain tensors only.
    """
    try:
        with warnings.catch_warnings():
            # A pickle of Python's own protocol is refused in the next line: torch's remark on it helps nobody.
            warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
            state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise UserError(f"{path}: is not a file of plain tensors written by torch.save") from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise UserError(f"{path}: expected a state dict, names and tensors; got {type(state).__name__}")
    return {str(name).removeprefix(WRAPPER): value for name, value in state.items()}
