"""The contracts of the stages as protocols: a plug-in inherits from nothing, it only has these methods."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from .types import Faces


@runtime_checkable
class Detector(Protocol):
    """A detector finds faces in images. An image without one gives a Faces of length 0, never None.

    One that scales images says to what size in an attribute ``test_scale``, words that stand beside its metrics.
    ``parameters`` : see Encoder.
    """

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces in images (uint8 RGB, sizes may differ): one Faces per image, best face first."""
        ...


@runtime_checkable
class Aligner(Protocol):
    """An aligner cuts faces out of an image, upright and in one size: crops of ``size_px`` by ``size_px``."""

    size_px: int

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut the faces out of an image as (N, S, S, 3) uint8 RGB crops, one per face, S = size_px."""
        ...


#: What an encoder may have been trained with elsewhere, before it was built: nothing; images, without a word of who is
#: who; what nobody states; images with who they show. Of several parts the last one of these words counts.
TRAINED_WITH = ("nothing", "images", "unknown", "identities")


@runtime_checkable
class Encoder(Protocol):
    """An encoder turns crops into vectors. ``matcher`` names the plug-in that the vectors were made for.

    One that says what it was trained with elsewhere has an attribute ``trained_with``, one of TRAINED_WITH; without it
    that is unknown. One that had to find out how its network is fed says so in ``remarks``, a line for whoever takes
    it. What it costs is said by two more, each a whole number, or None where nobody counted:
    ``parameters``, the numbers that it holds, and ``multiply_adds``, those that a crop takes; without them the tensors
    that it learned are counted, and its torch networks.
    """

    matcher: str

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode crops, (N, S, S, 3) uint8 RGB, as (N, D) float32 vectors. Row i depends on crop i only."""
        ...


@runtime_checkable
class FittedEncoder(Encoder, Protocol):
    """An encoder that learns from labelled crops before it can encode; what it learned ends in ``_``."""

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "FittedEncoder":
        """Learn from crops (N, S, S, 3) uint8 of the people ``labels`` (N,) int64; returns self."""
        ...


@runtime_checkable
class Preprocessing(Protocol):
    """A preprocessing step, between align and encode, makes crops easier to compare."""

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Apply the step to crops, (N, S, S, 3) uint8 RGB, in the same shape.

        Crop i depends on crop i only; a grey crop stays grey.
        """
        ...


@runtime_checkable
class Projection(Protocol):
    """A projection maps vectors to vectors, and is learned from labelled vectors.

    ``matcher`` names the plug-in that the result is made for; None if that stays what it was for the vectors that came
    in.
    """

    matcher: str | None

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "Projection":
        """Learn from vectors (N, D) float32 of the people ``labels`` (N,) int64; returns self."""
        ...

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, K) float32. Row i depends on row i only."""
        ...

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, float32 arrays by name; empty for one that learns nothing."""
        ...

    def restore(self, tensors: dict[str, np.ndarray]) -> "Projection":
        """Restore what ``tensors`` of a fitted projection gave; returns self."""
        ...


@runtime_checkable
class Identifier(Protocol):
    """An identifier names people, closed-set: which of the people that it was fitted on is this?"""

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "Identifier":
        """Learn from vectors (N, D) float32 of the people ``labels`` (N,) int64; returns self."""
        ...

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) against all people it was fitted on: (M, C) float32, higher is likelier.

        There is one column a person, in order of their labels.
        """
        ...


@runtime_checkable
class Matcher(Protocol):
    """A matcher compares vectors. Higher is always more alike: a distance is negated where it is born."""

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score every row of a (N, D) against every row of b (M, D): (N, M) float32."""
        ...

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score the rows of a (P, D) against those of b (P, D), row by row: (P,) float32."""
        ...


@runtime_checkable
class FittedMatcher(Matcher, Protocol):
    """A matcher that learns from pairs, same person or not, before it can score."""

    def fit(self, a: np.ndarray, b: np.ndarray, same: np.ndarray) -> "FittedMatcher":
        """Learn from pairs of vectors (P, D) and (P, D), same (P,) bool; returns self."""
        ...


#: Matchers by which unknown faces are grouped: of other scores nothing is known that a search could use.
Metric = Literal["cosine", "euclidean"]


@runtime_checkable
class Clusterer(Protocol):
    """A clusterer groups the vectors of unknown faces: which of them show one person, and how many people are there?"""

    def cluster(self, vectors: np.ndarray, metric: Metric, threshold: float) -> np.ndarray:
        """Group vectors (N, D) float32: (N,) int64, the cluster of each, -1 for a face that is in none.

        metric : the matcher that their scores are of. threshold : two faces with this score or more are alike enough to
        be one person's; a clusterer that measures otherwise says what it makes of it. Clusters have two faces or more
        and are numbered by their size, the largest 0, of equal ones the one with the first face first. The same vectors
        give the same clusters. Raises ValueError for vectors that are not finite.
        """
        ...


@runtime_checkable
class Trainer(Protocol):
    """A trainer trains the networks of the detector of its name, and resumes a run that was stopped, bit for bit.

    defaults : its settings, a frozen dataclass: seed, steps, batch_size, dataset, dataset_settings and what else it
    has. All that comes out follows from them and the data.
    """

    @property
    def defaults(self) -> Any: ...

    def train(
        self, settings: Any, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
    ) -> np.ndarray:
        """Train into the folder ``out`` and return the loss of every step, (steps,) float32.

        settings : ``defaults``, or a changed copy. resume : whether ``out`` holds a run, to be gone on with; without it
        such a run is not overwritten. command : what was typed, to be written down with the weights. Raises UserError.
        """
        ...

    def saved_settings(self, out: Path) -> Any:
        """Read the settings of the run in the folder ``out``, to resume it with. Raises UserError if there is none."""
        ...

    def weights(self, out: Path) -> Path:
        """Return the file or folder of a run in ``out`` that the detector takes for its setting ``weights``."""
        ...
