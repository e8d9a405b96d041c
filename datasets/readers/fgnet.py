"""FG-NET: 1,002 images of 82 people from birth to the age of 69; leave-one-out identification.

Lanitis, Taylor, Cootes, "Toward automatic simulation of aging effects on face images" (PAMI 2002). Leaving one image
out is the usual protocol of recognition across ages.
"""

import re
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import image_names
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import locate, unnest
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.protocols.splits import leave_one_out

NAME = re.compile(r"(?P<person>\d{3})a(?P<age>\d{2})[a-z]?\.jpg", re.IGNORECASE)

LAYOUT = "fgnet/images/001A05.JPG ...      (person 001, 5 years old; a letter behind tells images of one age apart)"


def build(*, root: Path | str) -> Dataset:
    """Build FG-NET as found below ``root/fgnet``, in order of name.

    Dataset.splits: as many rounds as images; in each one image is the probe and all others are the gallery.
    Dataset.factors["age"]: in years. Raises UserError that shows the expected layout.
    """
    folder = locate(root, "fgnet", LAYOUT, "images")
    base = unnest(folder / "images")
    parts = {name: NAME.fullmatch(name) for name in image_names(base)}
    matches = {name: match for name, match in parts.items() if match is not None}
    if not matches:
        raise UserError(f"{base}: holds no image. Expected below the data root:", LAYOUT)
    owners = [match["person"] for match in matches.values()]
    people = tuple(sorted(set(owners)))
    labels = np.searchsorted(people, owners)
    return Dataset(
        "fgnet",
        FileImages(base, tuple(matches)),
        people,
        labels,
        splits=leave_one_out(labels),
        factors={"age": np.array([int(match["age"]) for match in matches.values()])},
        protocol=f"FG-NET, {len(matches):,} images of {len(people)} people, each looked up among all others",
    )
