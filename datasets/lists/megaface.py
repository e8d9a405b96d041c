"""The lists of the MegaFace challenge: who is seen in the probes, which the distractors are, and which are noise."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import read_json
from eigen2arc.datasets.download.files import read_lines

from .entries import safe_name


@dataclass(frozen=True)
class TemplateList:
    """A list of the development kit: images by their paths, and who is in each; "id" is missing for distractors."""

    path: list[str]
    id: list[str] = field(default_factory=list)


def read_template_list(path: Path) -> tuple[list[str], list[str]]:
    """Read the paths of a list of the development kit, and the people in them; distractors have none.

    Raises UserError that names the file.
    """
    listed = read_json(path, TemplateList)
    paths, people = listed.path, listed.id
    if not paths or (people and len(people) != len(paths)):
        raise UserError(f"{path}: names {len(paths)} paths and {len(people)} people")
    if len(set(paths)) != len(paths):
        raise UserError(f"{path}: names {len(paths) - len(set(paths))} paths more than once")
    return [safe_name(name, str(path)) for name in paths], people


def read_noises(path: Path) -> set[str]:
    """Read the images that a list of InsightFace calls wrong, by noise_key().

    Its lines are a name, or a number and a name.
    Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition" (CVPR 2019), section
    3.3: FaceScrub has people under a wrong name, and there are people of FaceScrub among the distractors.
    """
    lines = [line for line in read_lines(path) if line.strip() and not line.startswith("#")]
    return {noise_key(line.split("\t")[-1].strip()) for line in lines}


def noise_key(name: str) -> str:
    """Return what two spellings of an image's path have in common.

    Releases differ in blanks, underscores and suffix.
    """
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{os.path.splitext(file)[0]}".replace("_", "").replace(" ", "")
