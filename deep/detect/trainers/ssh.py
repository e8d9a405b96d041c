"""Train SSH like RetinaFace, with its own network and matching. See retinaface.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eigen2arc.deep.engine import loop as training

from . import retinaface as train_single_shot

train = train_single_shot.train


@dataclass(frozen=True, kw_only=True)
class Settings(train_single_shot.Settings):
    """With a network that a laptop can train; the paper's is the variant ssh."""

    detector: ClassVar[str] = "ssh"
    variant: str = "ssh0.25"


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out))
