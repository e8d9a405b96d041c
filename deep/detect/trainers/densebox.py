"""Train DenseBox like RetinaFace, with its own network, patches and targets. See retinaface.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eigen2arc.deep.engine import loop as training

from . import retinaface as train_single_shot

train = train_single_shot.train


@dataclass(frozen=True, kw_only=True)
class Settings(train_single_shot.Settings):
    """The paper's patches, and its weight of the box, 3: the loss here is half the square of small errors."""

    detector: ClassVar[str] = "densebox"
    variant: str = "densebox"
    size_px: int = 240
    box_weight: float = 6.0


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out))
