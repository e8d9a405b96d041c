"""Memory that is reused from call to call: on a processor, touching new pages takes longer than filling old ones."""

import threading

import torch
from torch import Tensor


class Scratch(threading.local):
    """One piece of memory on a device, of int32; every thread has its own."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.memory = torch.empty(0, dtype=torch.int32, device=device)

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """Return int32 memory of a shape, with anything in it; what was taken before is overwritten with it."""
        size = torch.Size(shape).numel()
        if size > len(self.memory):
            self.memory = torch.empty(size, dtype=torch.int32, device=self.device)
        return self.memory[:size].view(shape)
