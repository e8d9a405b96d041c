"""FaceScrub: some 100,000 images of 530 actors and actresses, found on the web by name; pairs are drawn.

Ng, Winkler, "A data-driven approach to cleaning large face datasets" (ICIP 2014).
"""

from pathlib import Path, PurePosixPath
from typing import Annotated

from eigen2arc.core.bounds import Ge, Le, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import locate
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.images.people_folders import images_by_person, label_by_folder
from eigen2arc.datasets.lists.megaface import noise_key, read_noises
from eigen2arc.datasets.protocols.pairs import balanced_pairs

NOISES = "facescrub_noises.txt"

LAYOUT = f"""\
facescrub/Michael_Landes/Michael_Landes_43667.png ...   (one folder per person)
facescrub/{NOISES}                          (InsightFace's list; for cleaned = true)"""


def build(
    *,
    root: Path | str,
    cleaned: bool = False,
    pairs_per_fold: Annotated[int, Ge(2), Le(1_000_000)] = 600,
    seed: Seed = 0,
) -> Dataset:
    """Build FaceScrub: all images below the people's folders in ``root/facescrub``, in order of name.

    Dataset.trials: up to ten folds that share no person, half of whose pairs are genuine.

    cleaned : leave out what InsightFace's list calls wrong. Raises UserError that shows the layout.
    """
    folder = locate(root, "facescrub", LAYOUT)
    found = images_by_person(folder)
    if not found:
        raise UserError(f"{folder}: holds no image in a person's folder. Expected below the data root:", LAYOUT)
    wrong = read_noises(folder / NOISES) if cleaned else set()
    names = tuple(name for name in found if noise_key(PurePosixPath(name).name) not in wrong)
    people, labels = label_by_folder(names)
    trials = balanced_pairs(labels, pairs_per_fold=pairs_per_fold, folds=10, seed=seed)
    protocol = (
        f"FaceScrub, {len(names):,} images of {len(people):,} people, {len(trials):,} pairs drawn with seed {seed}"
    )
    notes = (f"left out as wrong: {len(found) - len(names):,} images",)
    return Dataset(
        "facescrub", FileImages(folder, names), people, labels, trials=trials, protocol=protocol, notes=notes
    )
