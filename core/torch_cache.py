"""Where torch, and the packages that follow it, keep the weights that they download."""

import os
from pathlib import Path


def torch_checkpoint(name: str) -> Path:
    """Return the path at which a downloaded file of weights is searched for, and put."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser() / "checkpoints" / name
