"""One system on the data of a suite: its components, its crops, its vectors, and the time that they take."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import TRAINED_WITH
from eigen2arc.core.types import Dataset

from .mixed_faces import MixedFaces
from .results import Crops, Encoded, Selection
from .stages import StageRunner
from .suite import Suite, System


@dataclass
class Clock:
    """Seconds, and the number of items they were spent on, by stage and artefact: what two tasks share counts once."""

    spent: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def add(self, stage: str, artefact: str, seconds: float, count: int) -> None:
        """Add the ``seconds`` that a stage worked on ``count`` items for ``artefact``."""
        self.spent[stage, artefact] = seconds, count

    def summary(self) -> dict[str, dict[str, float]]:
        """Return by stage: seconds, images (for "match": pairs) and how many of them a second."""
        rows: dict[str, dict[str, float]] = {}
        for (stage, _), (seconds, count) in self.spent.items():
            row = rows.setdefault(stage, {"seconds": 0.0, "images": 0})
            row["seconds"] += seconds
            row["images"] += count
        for row in rows.values():
            row["per_second"] = row["images"] / row["seconds"] if row["seconds"] else 0.0
        return rows


class SystemRunner:
    """One system on the data of one suite. faces : what answers in its detector's place, None for the detector."""

    def __init__(self, stages: StageRunner, suite: Suite, system: System, faces: MixedFaces | None = None) -> None:
        self.stages, self.suite, self.system, self.faces = stages, suite, system, faces
        self.clock = Clock()
        self.detector = stages.component(system.detector)
        self.aligner = stages.component(system.aligner) if system.aligner else None
        self.preprocessing = [stages.component(step) for step in system.preprocessing]
        self.encoder = stages.component(system.encoder) if system.encoder else None
        self.identifier = stages.component(system.identifier) if system.identifier else None
        if system.matcher is not None:
            self._check(stages.component(system.matcher))

    @property
    def matcher(self) -> Component:
        """The suite's matcher, or else the one that the encoder was made for."""
        assert self.encoder is not None
        chosen = self.system.matcher or Component("matcher", self.stages.attribute(self.encoder, "matcher"))
        return self._check(self.stages.component(chosen))

    @property
    def has_networks(self) -> bool:
        """Whether a part of it is a network, which runs on the device that was chosen."""
        parts = [self.detector, self.aligner, *self.preprocessing, self.encoder, self.identifier]
        return any("deep" in part.tracks or "device" in part.plugin.settings for part in parts if part is not None)

    @property
    def learns_here(self) -> bool:
        """Whether the encoder or the matcher learns from the data set that the system is tested on."""
        assert self.encoder is not None
        own_matcher = self.identifier is None or "verification" in self.suite.tasks
        return (self.encoder.learns and self.suite.fit is None) or (own_matcher and self.matcher.learns)

    @property
    def remarks(self) -> str:
        """What the encoder has to say of itself, see core.stages; "" for nothing."""
        return "" if self.encoder is None else self.stages.attribute(self.encoder, "remarks")

    @property
    def trained_with(self) -> str:
        """What the encoder was trained with elsewhere, one of core.stages.TRAINED_WITH: as it says, or the suite does.

        Raises UserError where the two differ, or the suite says that there are no outside data and there are.
        """
        assert self.encoder is not None
        said, stated = self.stages.attribute(self.encoder, "trained_with", "unknown"), self.system.trained_with
        where = f"{self.system.name}: the encoder {self.encoder.name}"
        if said not in TRAINED_WITH:
            raise UserError(f"{where} was trained with {said!r}: expected one of {', '.join(TRAINED_WITH)}")
        if stated and said not in (stated, "unknown"):
            raise UserError(f'{where} says that it was trained with "{said}", and the suite trained_with = "{stated}"')
        known = stated or said
        if known in ("images", "identities") and self.system.outside_data == "none":
            raise UserError(f'{where} was trained with {known} elsewhere, and the suite says outside_data = "none"')
        return known

    def _check(self, matcher: Component) -> Component:
        if matcher.learns and self.system.labels == "none":
            raise UserError(
                f"{self.system.name}: the matcher {matcher.name} learns from pairs, which labels = 'none' does "
                "not allow: choose labels = 'pairs', or another matcher"
            )
        return matcher

    def crops(self, dataset: Dataset) -> Crops:
        """Cut and preprocess the faces of a set, and add their time to the clock."""
        assert self.aligner is not None
        # What is learned from a set that is not annotated has the detector's faces.
        known = self.faces is not None and (self.faces.reference is not None or dataset.faces is not None)
        detector = self.faces if self.faces is not None and known else self.detector
        crops = self.stages.crops(dataset, detector, self.aligner, self.preprocessing)
        self.clock.add("detect", crops.sha256, crops.detect_seconds, len(crops.crops))
        self.clock.add("align", crops.sha256, crops.align_seconds, len(crops.crops))
        if self.preprocessing:
            self.clock.add("preprocess", crops.sha256, crops.preprocess_seconds, len(crops.crops))
        return crops

    def encode(self, crops: Selection, training: Selection | None) -> Encoded:
        """Encode the selected crops, and maybe more; an encoder that learns is fitted on ``training``."""
        assert self.encoder is not None
        if training is None:
            encoded = self.stages.encode(crops, self.encoder)
            self.clock.add("encode", encoded.name, encoded.seconds, len(encoded.vectors))
            return encoded
        encoded = self.stages.fit_and_encode(training, crops, self.encoder)
        self.clock.add("fit", encoded.fit_name, encoded.fit_seconds, len(training.indices))
        self.count_bases(encoded.bases, len(crops.whole.crops))
        self.clock.add("encode", encoded.name, encoded.seconds, 0 if encoded.bases else len(encoded.vectors))
        return encoded

    def count_bases(self, bases: Mapping[str, float], images: int) -> None:
        """Count the time of the encoders that this one learns from: once, and each image once, not once a base."""
        for i, (name, seconds) in enumerate(bases.items()):
            self.clock.add("encode", name, seconds, 0 if i else images)

    def fit_set(self) -> Selection | None:
        """Return the suite's fit data; None if the encoder is not fitted or the suite names no data."""
        assert self.encoder is not None
        if not self.encoder.learns or self.suite.fit is None:
            return None
        dataset = self.stages.dataset(self.suite.fit, training=True)
        if self.system.labels == "identities" and dataset.labels is None:
            raise UserError(f"suite {self.suite.name}: the fit data {dataset.name} does not say who is who")
        crops = self.crops(dataset)
        shown = np.flatnonzero(~crops.skipped)
        labels = dataset.labels if self.system.labels == "identities" else None
        return Selection(crops, shown, shown if labels is None else labels[shown])
