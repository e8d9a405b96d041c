"""Which device the networks run on: one place that turns a setting into a torch device."""

import re

import torch

from eigen2arc.core.errors import UserError


def torch_device(name: str) -> torch.device:
    """Return the device of a setting: "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:N".

    Raises UserError for another name, and for CUDA on a machine without it or without that many GPUs.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|cuda(:\d+)?", name):
        raise UserError(f"device: expected auto, cpu, cuda or cuda:N, got {name!r}")
    kind, _, number = name.partition(":")
    if kind == "cuda":
        gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if gpus == 0:
            raise UserError(f"device: {name} was asked for, but torch finds no CUDA here; take cpu or auto")
        if number and int(number) >= gpus:
            raise UserError(f"device: {name} was asked for, but the GPUs here are cuda:0 to cuda:{gpus - 1}")
    return torch.device(name)
