"""What every plug-in in `explainers` promises: a figure of what the encoder of its name sees."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure


@dataclass(frozen=True)
class People:
    """Faces beside the one that is shown, person by person.

    crops : (N, S, S, 3) uint8. labels : (N,) int64. learned : (N,) bool, those that the encoder was fitted on.
    """

    crops: np.ndarray
    labels: np.ndarray
    learned: np.ndarray


class Explainer(Protocol):
    """Draws an encoder on one crop."""

    def __call__(self, encoder: Any, crop: np.ndarray, people: People | None) -> Figure:
        """Draw what ``encoder`` sees in a crop (S, S, 3) uint8. people : None for an encoder that does not learn."""
