"""The lists of the MegaFace challenge: who is seen in the probes, which the distractors are, and which are noise."""

import json
import os
from pathlib import Path
from typing import Any

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.files import read_lines

from .retinaface_labels import safe_name


def read_template_list(path: Path) -> tuple[list[str], list[str]]:
    """Read the paths of a list of the development kit, and the people in them; distractors have none.

    A JSON file ``{"path": [...], "id": [...]}``, without "id" for distractors. Raises UserError that names the file.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise UserError(f"{path}: is not JSON ({error})") from None
    paths, people = (_texts(content, key) for key in ("path", "id"))
    if paths is None or people is None:
        raise UserError(f'{path}: expected {{"path": [...], "id": [...]}} with texts in the lists')
    if not paths or (people and len(people) != len(paths)):
        raise UserError(f"{path}: names {len(paths)} paths and {len(people)} people")
    if len(set(paths)) != len(paths):
        raise UserError(f"{path}: names {len(paths) - len(set(paths))} paths more than once")
    return [safe_name(name, str(path)) for name in paths], people


def _texts(content: Any, key: str) -> list[str] | None:
    """Return the list of texts under a key, empty without the key; None for anything else."""
    column = content.get(key, []) if isinstance(content, dict) else None
    return column if isinstance(column, list) and all(isinstance(text, str) for text in column) else None


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
