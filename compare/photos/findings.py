"""What a check of a folder of photos finds, and the form in which it is told, kept and shown."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from eigen2arc.core.files import Json
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.types import Dataset, Faces

#: A fault is to be mended; a note is to be known.
Severity = Literal["fault", "note"]

#: What can be found, in the order in which it is told.
Kind = Literal[
    "unreadable",
    "unreadable_folder",
    "other_file",
    "left_by_a_system",
    "loose",
    "empty_folder",
    "turned",
    "no_face",
    "several_faces",
    "tiny",
    "blurred",
    "same_picture",
    "two_names",
    "one_person",
    "two_people",
    "misplaced",
    "known_stranger",
    "suspected",
    "one_image",
    "no_image",
]


class Finding(NamedTuple):
    """One thing that was found.

    people : the names concerned. images : the names of the files, or folders, concerned, those to look at first; an
    image that was read has its name in Dataset.images. words : one line: what was found, and what to do. measure : what
    was measured, in the unit that ``words`` names; None where nothing was.
    """

    kind: Kind
    severity: Severity
    people: tuple[str, ...]
    images: tuple[str, ...]
    words: str
    measure: float | None = None


@dataclass(frozen=True)
class PhotoCheck:
    """A folder of photos, and maybe one of strangers, as they were found.

    dataset : all files with the name of an image that are in the folder of a person, then
    those of strangers; its artefacts are those of any run on it. Its labels are the people's; of strangers who lie in
    folders theirs, from ``known`` on, and else -1. known : so many of dataset.people are those of the photos.
    strangers : (N,) bool, which images show strangers. kept : (N,) bool, which can be used: they show a face, and no
    picture is there twice. faces : the one of each image that is taken, none where there is none. findings : all, in
    the order of Kind. counts : of all files that were found, how many are used and how many are not for which reason;
    they add up to all. not_checked : what could not be looked for, and why. recognizer : what found and encoded the
    faces.
    """

    dataset: Dataset
    known: int
    strangers: np.ndarray
    kept: np.ndarray
    faces: tuple[Faces, ...]
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    not_checked: tuple[str, ...]
    recognizer: Recognizer

    @property
    def folder(self) -> str:
        """The name of the folder of photos, with which those of its images begin."""
        return self.dataset.images.names[0].partition("/")[0]

    @property
    def faults(self) -> int:
        """How many findings are faults."""
        return sum(one.severity == "fault" for one in self.findings)

    def to_json(self) -> Json:
        """Describe it for JSON; the same check gives the same."""
        kept = self.kept & ~self.strangers
        labels = self.dataset.labels
        assert labels is not None
        return {
            "folder": self.folder,
            "version": self.dataset.images.version,
            "people": len(np.unique(labels[kept])),
            "images": int(kept.sum()),
            "strangers": int((self.kept & self.strangers).sum()),
            "files": sum(self.counts.values()),
            "counts": self.counts,
            "kinds": dict(Counter(one.kind for one in self.findings)),
            "findings": [one._asdict() for one in self.findings],
            "not_checked": list(self.not_checked),
            "stages": {
                kind: component.table()
                for kind, component in zip(("detector", "aligner", "encoder"), self.recognizer[:3], strict=True)
            },
            "caution": self.recognizer.caution,
        }
