"""Weights on disk: safetensors, which holds arrays and nothing that could run, and JSON for what they are."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import atomic_write, parse_json, write_json

#: Counts up when the meaning of a key changes.
FORMAT = 1

#: Tensors that an error names of those that do not fit.
NAMED = 3

#: How the files begin that torch.save and pickle write.
PICKLES = (b"PK\x03\x04", b"\x80")


def save(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Write tensors and metadata to ``path`` (.safetensors), atomically, and the metadata again as .json.

    The metadata that count are those in the file itself, so that one rename changes both; the .json, of the same
    name, is for reading.
    Raises ValueError for a tensor with NaN or infinity: such weights are of no use to anyone.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ValueError(f"{path}: {name} has values that are not finite")
    metadata = {"format": FORMAT, **metadata}
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    data = to_bytes(plain, {"eigen2arc": json.dumps(metadata, allow_nan=False)})
    with atomic_write(path) as file:
        file.write(data)
    write_json(path.with_suffix(".json"), metadata)


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what save() wrote: tensors and metadata. Raises UserError for any other file; a pickle is never opened."""
    try:
        with parsing(path, "is not a whole safetensors file"), safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("eigen2arc", "{}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    except UserError as error:
        # Asked only now: a whole file's first bytes are the length of its header, and may be a pickle's by chance.
        if path.is_file() and _begins_as_pickle(path):
            reason = "is a pickle, which can run code when it is loaded; expected a .safetensors file"
            raise UserError(f"{path}: {reason}") from error
        raise
    metadata = parse_json(text, f"{path}: what it says of itself")
    got = metadata.get("format", "none") if isinstance(metadata, dict) else "none"
    if type(got) is not int or got != FORMAT:
        raise UserError(f"{path}: expected weights of eigen2arc's format {FORMAT}, got {got!s:.60}")
    return tensors, metadata


def _begins_as_pickle(path: Path) -> bool:
    with parsing(path, "cannot be read"), path.open("rb") as file:
        return file.read(4).startswith(PICKLES)


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Set all parameters and buffers of ``module``; ``name`` is what an error calls the file.

    Half precision is widened. Raises UserError for what check_fits refuses.
    """
    check_fits(module, tensors, name)
    module.load_state_dict(dict(tensors))


def check_fits(module: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Check that the tensors of the file ``name`` are those of a module, which may lie on torch's device "meta".

    Raises UserError for a tensor that is missing or left over, or of another shape or kind.
    """
    wanted = module.state_dict()
    if differing := differing_keys(wanted, tensors):
        raise UserError(f"{name}: {differing}; was it made for another network?")
    for key, want in wanted.items():
        got = tensors[key]
        if got.shape != want.shape:
            raise UserError(f"{name}: {key}: expected shape {tuple(want.shape)}, got {tuple(got.shape)}")
        if got.dtype != want.dtype and not (got.dtype == torch.float16 and want.is_floating_point()):
            raise UserError(f"{name}: {key}: expected {want.dtype}, got {got.dtype}")


def differing_keys(wanted: Iterable[str], got: Iterable[str]) -> str:
    """Name the tensors that a file lacks, and those that it has beyond the ones wanted; "" where there are neither."""
    lacking, unknown = sorted(set(wanted) - set(got)), sorted(set(got) - set(wanted))
    said = (("lacks", lacking), ("has an unknown", unknown))
    return "; ".join(f"{kind} {', '.join(keys[:NAMED])} ({len(keys)} such)" for kind, keys in said if keys)
