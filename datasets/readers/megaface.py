"""MegaFace challenge 1: people of FaceScrub or FG-NET to be found again among up to a million strangers.

Kemelmacher-Shlizerman, Seitz, Miller, Brossard, "The MegaFace Benchmark: 1 Million Faces for Recognition at Scale"
(CVPR 2016). Its metrics: core/metrics/megaface.py. The makers no longer give the images out.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from eigen2arc.core.bounds import Count
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import locate, unnest
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.megaface import noise_key, read_noises, read_template_list

#: probe set -> the folder of its images, its list, and InsightFace's list of what is wrong in it
PROBES = {
    "facescrub": ("facescrub_images", "facescrub_features_list.json", "facescrub_noises.txt"),
    "fgnet": ("fgnet_images", "fgnet_features_list.json", None),
}
DISTRACTORS, DISTRACTOR_NOISES = "megaface_images", "megaface_noises.txt"

LAYOUT = f"""\
megaface/facescrub_images/Michael_Landes/Michael_Landes_43667.png ...   (or fgnet_images/)
megaface/{DISTRACTORS}/534/53415754@N00/37731000_1.jpg ...
megaface/devkit/templatelists/facescrub_features_list.json              (or fgnet_features_list.json)
megaface/devkit/templatelists/megaface_features_list.json_1000000_1     (or 10, 100 ... 100000; or _2, _3)
megaface/facescrub_noises.txt, {DISTRACTOR_NOISES}                   (InsightFace's; for cleaned = true)"""


def build(
    *,
    root: Path | str,
    probes: Literal["facescrub", "fgnet"] = "facescrub",
    distractors: Count = 1_000_000,
    sample: Count = 1,
    cleaned: bool = True,
) -> Dataset:
    """Build the challenge as found below ``root/megaface``: probes first, then distractors, both in their lists' order.

    Dataset.labels: the person, -1 for distractors. A suite's [identification] on it gives rank-1 over the number of
    distractors.

    probes : "facescrub", 80 people with some 50 images each, or "fgnet". distractors : which list of strangers, by its
    length. sample : which of that length, by its number. cleaned : leave out what InsightFace's lists call wrong, as
    published results since ArcFace do; their authors put the person's mean in place of a wrong probe, here it is no
    probe. Raises UserError that names the list, or the missing images.
    """
    folder = locate(root, "megaface", LAYOUT, DISTRACTORS)
    lists = unnest(unnest(folder / "devkit") / "templatelists")
    place, probe_list, noises = PROBES[probes]
    probes_at, strangers_at = (unnest(folder / one).relative_to(folder).as_posix() for one in (place, DISTRACTORS))
    probe_paths, owners = read_template_list(lists / probe_list)
    if not owners:
        raise UserError(f"{lists / probe_list}: does not say who is seen: it has no list 'id'")
    stranger_paths, _ = read_template_list(lists / f"megaface_features_list.json_{distractors}_{sample}")
    wrong_probes = read_noises(folder / noises) if cleaned and noises else set()
    wrong_strangers = read_noises(folder / DISTRACTOR_NOISES) if cleaned else set()
    # The probes' list of noises has names of files alone.
    right = [i for i, path in enumerate(probe_paths) if noise_key(PurePosixPath(path).name) not in wrong_probes]
    strangers = [path for path in stranger_paths if noise_key(path) not in wrong_strangers]
    names = [f"{probes_at}/{probe_paths[i]}" for i in right] + [f"{strangers_at}/{path}" for path in strangers]
    _check_present(folder, names)
    people = tuple(sorted({owners[i] for i in right}))
    labels = np.full(len(names), -1)
    labels[: len(right)] = np.searchsorted(people, [owners[i] for i in right])
    left_out = len(probe_paths) - len(right), len(stranger_paths) - len(strangers)
    protocol = (
        f"MegaFace 1, {len(right):,} probes of {len(people)} people of {probes}, {len(strangers):,} distractors "
        f"(list {sample} of {distractors}), {'cleaned' if cleaned else 'not cleaned'}"
    )
    notes = (f"left out as wrong: {left_out[0]:,} probes, {left_out[1]:,} distractors",)
    return Dataset("megaface", FileImages(folder, tuple(names)), people, labels, protocol=protocol, notes=notes)


def _check_present(folder: Path, names: Sequence[str]) -> None:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        first = ", ".join(missing[:3])
        raise UserError(f"{folder}: {len(missing):,} of the {len(names):,} listed images are missing: {first} ...")
