"""The settings of a cascade's training, and their bounds."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from eigen2arc.classical.detect.boosting.adaboost import MAX_DEPTH
from eigen2arc.classical.detect.haar.features import CLASSIC, LIENHART
from eigen2arc.core import plugins
from eigen2arc.core.bounds import Count, Ge, Gt, Le, Length, Lt, Seed, Share
from eigen2arc.core.errors import UserError

SHAPES = {"classic": CLASSIC, "lienhart": LIENHART}

#: A stage is not trained on fewer windows of either kind.
FEWEST_SAMPLES = 100

#: A share or rate that must not be 0, and one that must not be 1, either.
Some = Annotated[float, Gt(0), Le(1)]
Part = Annotated[float, Gt(0), Lt(1)]


@dataclass(frozen=True)
class Settings:
    """All that decides what comes out, besides the images. Shares and rates are from 0 to 1."""

    # Side of the window; in one of more pixels, the features alone would take gigabytes.
    window_px: Annotated[int, Ge(8), Le(40)] = 20
    features: Literal["classic", "lienhart"] = "classic"
    boosting: str = "gentle"  # a plug-in of classical/boosting
    depth: Annotated[int, Ge(1), Le(MAX_DEPTH)] = 2  # of the trees; 1 are stumps
    stages: Annotated[int, Ge(1), Le(1000)] = 20  # at most
    hit_rate: Some = 0.995  # share of the faces that a stage lets pass
    false_alarm_rate: Part = 0.5  # share of the other windows that a stage lets pass, at most
    overall_false_alarm_rate: Some = 1e-6  # the training ends below
    most_trees: Annotated[int, Ge(1), Le(100_000)] = 200  # a stage
    negatives: Annotated[int, Ge(FEWEST_SAMPLES), Le(10_000_000)] = 10_000  # windows without faces, a stage
    most_scanned: Count = 400_000_000  # windows scanned for one stage's negatives
    held_out: Part = 0.1  # share of the samples that thresholds and rates are measured on, and no tree is chosen for
    positive_weight: Part = 0.5  # share of all weight that the faces have in the first round
    # Share of all weight, in the easiest samples, that does not choose a round's splits.
    trimmed_weight: Annotated[float, Ge(0), Le(0.9)] = 0.05
    feature_share: Some = 0.1  # share of the features that a round tries
    # Of the table of binned features; what has no room is left out of a stage at random.
    memory_gb: Annotated[float, Ge(0.001), Le(10_000)] = 4.0
    share: Some = 0.78  # of an image's side that a window covers
    variants: Annotated[int, Ge(1), Le(1000)] = 2  # windows cut from each image, every second one mirrored
    # Standard deviations: of the windows' places, in sides of a window, ...
    shift: Share = 0.03
    scale: Share = 0.05  # ... of their sizes, in natural logarithms
    turn_degrees: Annotated[float, Ge(0), Le(180)] = 6.0  # ... of their angles
    # Images are sharpened by up to so much, as reduced images of faces are crisp.
    sharpen: Annotated[float, Ge(0), Le(100)] = 3.0
    # What the images show: x1 y1 x2 y2 of a face, as others draw its box, in sides of the window.
    face: Annotated[list[Annotated[float, Ge(-1), Le(2)]], Length(4, 4)] = field(
        default_factory=lambda: [0.0, 0.0, 1.0, 1.0]
    )
    seed: Seed = 0

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.face
        if x1 >= x2 or y1 >= y2:
            raise UserError(f"training: face: expected [x1, y1, x2, y2] with x1 < x2 and y1 < y2, got {self.face}")
        plugins.find("boosting", self.boosting)
