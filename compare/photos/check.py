"""The check of a folder of photos: every file is accounted for, and every fault is named."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import get_args

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.runner.guards import find_shared_pictures
from eigen2arc.compare.runner.results import Selection
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.compare.runner.subset import CachedImages
from eigen2arc.core.artefacts import Arrays, Store, digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.component import Component
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import Policy, locate
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.recognize.reading.face_quality import (
    BLURRED,
    SURE,
    SURE_TURNED,
    TIMES_SURER,
    TINY_EYES_PX,
    count_rivals,
    place,
    sharpness,
)

from .copies import find_copies
from .files import list_photos
from .findings import Finding, Kind, PhotoCheck
from .people import find_misnamed
from .turned import TurnedImages

#: An image without a face is not used; of several faces the large and central one is.
POLICY = Policy("skip", "central")

#: The crop in which sharpness is measured.
CROP = Component("aligner", "five_point")

#: What is done to a photo to mend it, by how often it was turned counterclockwise by 90 degrees to find its face.
MENDS = {1: "90 degrees counterclockwise", 2: "180 degrees", 3: "90 degrees clockwise"}


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
    files = list_photos(folder, strangers)
    dataset = replace(files.dataset, images=CachedImages(files.dataset.images))
    photos = _Photos(dataset, StageRunner(store, progress, data_root=None, device=device, policy=POLICY), recognizer)
    findings, counts = list(files.findings), Counter(files.counts)
    used = np.ones(len(dataset.images), bool)

    def leave_out(found: Sequence[tuple[int, Finding]]) -> None:
        """Add findings of images that cannot be used, those that are not left out already."""
        for index, finding in found:
            if used[index]:
                used[index] = False
                counts[finding.kind] += 1
                if finding not in findings:
                    findings.append(finding)

    leave_out(photos.unreadable())
    faces = photos.chosen_faces()
    leave_out(photos.turned(faces))
    leave_out(photos.without_face(faces))
    badly_shown = photos.badly_shown(faces, used)
    findings += [finding for _, finding in badly_shown]
    pairs = find_shared_pictures(dataset, dataset, store, progress)
    leave_out(find_copies(dataset, pairs, used, files.strangers))
    unclear = [index for index, finding in badly_shown if finding.kind in ("tiny", "blurred")]
    asked = used & ~np.isin(np.arange(len(used)), unclear)
    misnamed, not_checked = find_misnamed(dataset, files.known, photos.vectors(), asked)
    findings += misnamed
    findings += _people_without_enough(dataset, files.known, used)
    order = {kind: n for n, kind in enumerate(get_args(Kind))}
    findings.sort(key=lambda one: (order[one.kind], one.people, one.images))
    total: dict[str, int] = {"used": int(used.sum())} | {kind: counts[kind] for kind in order if counts[kind]}
    return PhotoCheck(
        dataset,
        files.known,
        files.strangers,
        used,
        tuple(faces),
        tuple(findings),
        total,
        not_checked,
        recognizer,
    )


class _Photos:
    """The images of a check, and what is measured of each."""

    def __init__(self, dataset: Dataset, stages: StageRunner, recognizer: Recognizer) -> None:
        self.dataset, self.stages = dataset, stages
        self.detector, self.aligner, self.encoder = (stages.component(one) for one in recognizer[:3])

    def _found(
        self, kind: Kind, index: int, words: str, measure: float | None = None, fault: bool = True
    ) -> tuple[int, Finding]:
        label = -1 if self.dataset.labels is None else int(self.dataset.labels[index])
        people = (self.dataset.people[label],) if label >= 0 else ()
        images = (self.dataset.images.names[index],)
        return index, Finding(kind, "fault" if fault else "note", people, images, words, measure)

    def unreadable(self) -> list[tuple[int, Finding]]:
        """Find the files that cannot be read as images."""

        def make(chunk: range) -> Arrays:
            problems = []
            for index in chunk:
                try:
                    self.dataset.images[index]
                    problems.append("")
                except ImageError as error:
                    said = str(error).partition(f"{PurePosixPath(self.dataset.images.names[index]).name}: ")[2]
                    problems.append(said[:200] or "cannot be read")
            return {"problems": np.array(problems, "<U200")}

        name = f"read-{digest(self.dataset.images.version, code_digest('eigen2arc.core.image'))}"
        made = self.stages.store.rows(name, len(self.dataset.images), make, self.stages.progress, "read the photos")
        self.readable = made["problems"] == ""
        return [
            self._found("unreadable", index, f"{problem}: replace it, or remove it")
            for index, problem in enumerate(made["problems"].tolist())
            if problem
        ]

    def chosen_faces(self) -> list[Faces]:
        """Detect the faces of each image, and choose the one that it is about; none where there is none."""
        self.found = self.stages.faces(self.dataset, self.detector)[0]
        chosen = []
        blank = np.zeros((2, 2, 3), np.uint8)  # where there is nothing to choose from, nothing is read
        for index, faces in enumerate(self.found):
            image = self.dataset.images[index] if len(faces) > 1 else blank
            chosen += locate([image], [faces], **POLICY._asdict())[0]
        return chosen

    def turned(self, faces: Sequence[Faces]) -> list[tuple[int, Finding]]:
        """Find the photos whose face is surer when they are turned."""
        unsure = np.array([not len(one) or one.scores[0] < SURE for one in faces])
        doubtful = np.flatnonzero(unsure & self.readable)
        if not len(doubtful):
            return []
        turns = TurnedImages(self.dataset.images, doubtful)
        found, _ = self.stages.faces(replace(self.dataset, images=turns, labels=None), self.detector)
        scores = np.array([one.scores.max() if len(one) else 0 for one in found]).reshape(-1, len(MENDS))
        rows = []
        for index, row in zip(doubtful.tolist(), scores, strict=True):
            best = int(row.argmax())
            upright = float(self.found[index].scores.max()) if len(self.found[index]) else 0.0
            if row[best] >= SURE_TURNED and TIMES_SURER * (1 - row[best]) <= 1 - upright:
                words = f"its face is not upright: turn the photo by {MENDS[best + 1]}"
                rows.append(self._found("turned", index, words, 90.0 * (best + 1)))
        return rows

    def without_face(self, faces: Sequence[Faces]) -> list[tuple[int, Finding]]:
        """Find the images in which no face is found, whichever side is up."""
        words = "no face was found in it, whichever side is up: take another photo, or remove it"
        return [self._found("no_face", index, words) for index, one in enumerate(faces) if not len(one)]

    def badly_shown(self, faces: Sequence[Faces], used: np.ndarray) -> list[tuple[int, Finding]]:
        """Find the faces of used images that are tiny or blurred, and the images that show more than one."""
        crops = self.stages.crops(self.dataset, self.detector, self.stages.component(CROP)).crops
        rows = []
        for index in np.flatnonzero(used).tolist():
            chosen = faces[index]
            eyes_px = place(chosen).eyes_px
            if eyes_px < TINY_EYES_PX:
                words = (
                    f"its face has {eyes_px:.0f} px between the eyes, less than the {TINY_EYES_PX:.0f} that are needed"
                )
                rows.append(self._found("tiny", index, f"{words}: take a larger photo", eyes_px))
            elif (sharp := sharpness(crops[index])) < BLURRED:
                words = (
                    f"its face is blurred (sharpness {sharp:.4f}, expected {BLURRED:g} or more): take a sharper photo"
                )
                rows.append(self._found("blurred", index, words, sharp))
            rows += self._several(index, chosen)
        return rows

    def _several(self, index: int, chosen: Faces) -> list[tuple[int, Finding]]:
        """Whether an image shows more faces than the one that is taken, and whether one of them could be meant."""
        faces = self.found[index]
        if len(faces) < 2:
            return []
        rivals = count_rivals(faces, chosen, self.dataset.images[index].shape)
        box = " ".join(f"{side:.0f}" for side in chosen.boxes[0])
        taken = f"the one that is large and central is taken, in the box {box}"
        if rivals:
            words = (
                f"shows {len(faces)} faces, another of them about as large: {taken}; cut out the person who is meant"
            )
        else:
            words = f"shows {len(faces)} faces: {taken}"
        return [self._found("several_faces", index, words, len(faces), fault=rivals > 0)]

    def vectors(self) -> np.ndarray:
        """Encode the face of each image: (N, D) float32, of no meaning where there is none."""
        crops = self.stages.crops(self.dataset, self.detector, self.aligner)
        return self.stages.encode(Selection(crops, np.arange(len(crops.crops))), self.encoder).vectors


def _people_without_enough(dataset: Dataset, known: int, used: np.ndarray) -> list[Finding]:
    """Find the people who have one usable image, or none."""
    assert dataset.labels is not None
    counts = np.bincount(dataset.labels[used & (dataset.labels >= 0)], minlength=known)[:known]
    rows = []
    for label in np.flatnonzero(counts < 2).tolist():
        person = dataset.people[label]
        images = tuple(dataset.images.names[i] for i in np.flatnonzero(used & (dataset.labels == label)).tolist())
        if images:
            words = "has one usable image, and so no pair of images that show one person: add another photo"
            rows.append(Finding("one_image", "note", (person,), images, words, 1))
        else:
            words = "has no image that can be used: see what is said of each, or remove the folder"
            rows.append(Finding("no_image", "fault", (person,), (), words, 0))
    return rows
