"""What every room shares: types, stage protocols, the pipeline, plug-ins, images, geometry, files and errors.

A program that uses the toolkit finds what it needs under one name: ``from eigen2arc.core import build, read_image``.

Imports nothing of the project.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import UserError
from .pipeline import Pipeline
from .plugins import build
from .stages import Aligner, Detector, Encoder, FittedEncoder, Identifier, Matcher, Preprocessing, Projection
from .types import Dataset, Embeddings, Faces, Images, Scores, Status, Trials

if TYPE_CHECKING:
    from .image import read as read_image
    from .image import write as write_image

__all__ = [
    "Aligner",
    "Dataset",
    "Detector",
    "Embeddings",
    "Encoder",
    "Faces",
    "FittedEncoder",
    "Identifier",
    "Images",
    "Matcher",
    "Pipeline",
    "Preprocessing",
    "Projection",
    "Scores",
    "Status",
    "Trials",
    "UserError",
    "build",
    "read_image",
    "write_image",
]


def __getattr__(name: str) -> Any:
    # With OpenCV and Pillow, which images need, `eigen2arc --help` would take a quarter longer to start.
    if name in ("read_image", "write_image"):
        return getattr(import_module(".image", __name__), name.removesuffix("_image"))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
