"""How many numbers and bytes a plug-in holds, and how many multiply-adds it takes; None for what nobody counted.

A plug-in says it itself (see core.stages.Encoder), or it is seen: in the tensors that it learned, in its torch networks
and in the files that it is made from. No plug-in has to do anything for it.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from eigen2arc.core.component import WEIGHTS, Component


class Size(NamedTuple):
    """Numbers and bytes; of a plug-in's files where there are some, else of its numbers in memory."""

    parameters: int | None
    bytes: int | None


def size(component: Component, plugin: Any) -> Size:
    """Count what a plug-in holds. plugin : as ``component`` builds it, fitted if it learns."""
    files = [path for one in _texts(component.settings) for path in _weights(Path(one))]
    held = _held(plugin)
    declared = getattr(plugin, "parameters", None)
    parameters = declared if isinstance(declared, int) else None if held is None else held[0]
    if parameters is None:
        parameters = _of_files(files)
    in_files = sum(path.stat().st_size for path in files)
    return Size(parameters, in_files or (None if held is None else held[1]))


def multiply_adds(plugin: Any, run: Callable[[], object], items: int) -> int | None:
    """Count the multiply-adds that a plug-in takes for one of the items that ``run`` gives it.

    Those of convolutions and matrix products; of what it does not declare, those of torch's networks, where it has
    some and is not made of others, of which some may count nothing.
    """
    if hasattr(plugin, "multiply_adds"):
        counted: int | None = plugin.multiply_adds
        return counted
    if _children(plugin) or not list(_modules(plugin, set())):
        return None
    from torch.utils.flop_counter import FlopCounterMode  # here: a plug-in with networks has loaded torch

    with FlopCounterMode(display=False) as counter:
        run()
    return round(counter.get_total_flops() / 2 / items)  # a multiply-add is two operations


def _held(plugin: Any) -> tuple[int, int] | None:
    """Numbers and bytes of what a plug-in learned, of its networks and of those that it is made of.

    Whole numbers of 64 bits are left out, and sides of crops: they are indices and settings.
    """
    if callable(getattr(plugin, "tensors", None)):
        learned = {name: one for name, one in plugin.tensors().items() if not name.endswith("size_px")}
        arrays = [one for one in learned.values() if one.dtype != "int64"]
        own = [(one.size, one.nbytes) for one in arrays]
    else:
        states = [one for module in _modules(plugin, set()) for one in module.state_dict().values()]
        own = [(one.numel(), one.numel() * one.element_size()) for one in states if "int64" not in str(one.dtype)]
        if not own:
            return None
    for child in _children(plugin):
        if not child.learns:  # what the others learned is among the tensors
            inside = _held(child.built)
            if inside is None:
                return None
            own.append(inside)
    return sum(numbers for numbers, _ in own), sum(one for _, one in own)


def _children(plugin: Any) -> list[Component]:
    """The encoders that one is made of, see core.component.ComposedEncoder; none for all others."""
    children = getattr(plugin, "children", None)
    made = list(children()) if callable(children) else []
    return made if all(isinstance(one, Component) for one in made) else []


def _modules(value: Any, seen: set[int]) -> Iterator[Any]:
    """Find the torch modules in a plug-in's attributes, in those of its parts, and in lists and tables of them."""
    torch = sys.modules.get("torch")
    if torch is None or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, torch.nn.Module):
        yield value
        return
    inside: list[Any] = []
    if isinstance(value, list | tuple):
        inside = list(value)
    elif isinstance(value, Mapping):
        inside = list(value.values())
    elif type(value).__module__.startswith("eigen2arc.") and hasattr(value, "__dict__"):
        inside = list(vars(value).values())
    for one in inside:
        yield from _modules(one, seen)


def _texts(settings: Any) -> Iterator[str]:
    """Yield all texts and paths in settings, those of plug-ins inside others too."""
    if isinstance(settings, str | Path):
        yield str(settings)
    elif isinstance(settings, Mapping | list | tuple):
        for one in settings.values() if isinstance(settings, Mapping) else settings:
            yield from _texts(one)


def _weights(path: Path) -> list[Path]:
    """The files that a setting names: itself, or the weights in a folder."""
    if path.is_file():
        return [path]
    return sorted(one for one in path.rglob("*") if one.suffix in WEIGHTS) if path.name and path.is_dir() else []


def _of_files(files: list[Path]) -> int | None:
    """The numbers in files of safetensors; None where one is of another kind, or there is none."""
    if not files or any(path.suffix != ".safetensors" for path in files):
        return None
    return sum(_of_safetensors(path) for path in files)


def _of_safetensors(path: Path) -> int:
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(math.prod(one["shape"]) for name, one in header.items() if name != "__metadata__")
