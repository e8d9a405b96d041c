"""Several sets, one after the other, as one set for training a detector: images of all, with their faces.

{ name = "concat", sets = [{ name = "lfw_net7", root = "DATA" }, { name = "scenes", images = 1000 }] }
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Length, PluginTable
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, Dataset
from eigen2arc.datasets.images.concat_images import ConcatImages


def build(*, sets: Annotated[Sequence[PluginTable], Length(1)] = ("scenes",)) -> Dataset:
    """Build one data set of several, which follow each other in order.

    Dataset.faces: those of the sets; Dataset.splits: the training parts of those that have one. Who is who is dropped.

    sets : names of data sets, or tables of a name and settings; each must have annotated faces. Raises UserError.
    """
    made = [_made(table) for table in sets]
    faces = tuple(face for one in made for face in one.faces or ())
    protocol = "; ".join(one.protocol or one.name for one in made)
    notes = tuple(f"{one.name}: {note}" for one in made for note in one.notes)
    images, training = ConcatImages(tuple(one.images for one in made)), np.concatenate([one.training for one in made])
    splits = None if training.all() else np.where(training, GALLERY, PROBE)[None]
    return Dataset("concat", images, faces=faces, splits=splits, protocol=protocol, notes=notes)


def _made(given: PluginTable) -> Dataset:
    made: Dataset = Component.parse("dataset", given, "concat, sets").built
    if made.faces is None:
        raise UserError(f"concat: {made.name} does not say where its faces are")
    return made
