"""How the C library treats freed memory: a matter of the whole process, so it is for its owner, a command, to ask."""

import ctypes

from eigen2arc.deep.ops.device import torch_device

#: Parameters of glibc's mallopt (its manual, "Malloc Tunable Parameters").
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def keep_freed_memory(device: str) -> None:
    """Keep freed memory in the C library for the next step of a training on the CPU, up to 2 GiB at once.

    By default every piece of more than 32 MiB comes straight from the system and goes straight back. A step of training
    on a CPU asks for dozens of such pieces, the next step for the same ones again: half of O-Net's time went by in the
    kernel, clearing pages. Does nothing on other devices, and where the C library is not glibc.
    """
    library = ctypes.CDLL(None)
    if torch_device(device).type == "cpu" and hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
