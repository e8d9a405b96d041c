"""What every peer of an encoder promises: ours and another library's, ready to be timed on the same crops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Race:
    """Ours and a peer's, each called with the first ``images`` crops (N, S, S, 3). peer : None where there is none."""

    what: str
    images: int
    ours: Callable[[np.ndarray], object]
    peer: Callable[[np.ndarray], object] | None = None
    peer_name: str = ""


class Peer(Protocol):
    """What other libraries have for the work of the encoder of its name, or the longest part of it.

    It starts from the same uint8 RGB crops, makes them grey itself, and takes them one by one where its interface does.
    Where it computes something else than ours, a comment says what.
    """

    def __call__(self, encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
        """List what is to be timed for the fitted ``encoder``: encode, and whatever else a peer has."""
