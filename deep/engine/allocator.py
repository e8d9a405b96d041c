"""Freed memory is kept for the next step of training instead of being given back to the system."""

import ctypes

#: Parameters of glibc's mallopt (its manual, "Malloc Tunable Parameters").
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Have the C library keep what it has, up to 2 GiB at once; nothing where it is not glibc.

    By default every piece of more than 32 MiB comes straight from the system and goes straight back. A step of training
    on a CPU asks for dozens of such pieces, the next step for the same ones again: half of O-Net's time went by in the
    kernel, clearing pages.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
