"""The check of a folder of photos: every file is accounted for, and every fault is named."""

from pathlib import Path

from rich.progress import Progress

from eigen2arc.core.artefacts import Store
from eigen2arc.core.pipeline import Policy
from eigen2arc.core.preferred import Recognizer

from .findings import PhotoCheck

#: An image without a face is not used; of several faces the large and central one is.
POLICY = Policy("skip", "central")


def check_photos(
    folder: Path,
    *,
    strangers: Path | None = None,
    recognizer: Recognizer,
    store: Store,
    progress: Progress,
    device: str = "auto",
) -> PhotoCheck:
    """Check a folder of photos, one folder per person, and maybe one of strangers, flat or a folder per person.

    What is computed is kept in ``store``, under the names that StageRunner gives it with POLICY. Raises UserError for a
    folder that is none, or holds no image.
    """
    raise NotImplementedError
