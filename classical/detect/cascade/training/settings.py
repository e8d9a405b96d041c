"""The settings of a cascade's training, and their bounds."""

from dataclasses import dataclass, field

from eigen2arc.classical.detect.boosting.adaboost import MAX_DEPTH
from eigen2arc.classical.detect.haar.features import CLASSIC, LIENHART
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

SHAPES = {"classic": CLASSIC, "lienhart": LIENHART}

#: A stage is not trained on fewer windows of either kind.
FEWEST_SAMPLES = 100

#: Outside, a setting is a mistake. In a window of more pixels, the features alone would take gigabytes.
LEAST: dict[str, float] = {
    "window_px": 8,
    "negatives": FEWEST_SAMPLES,
    "memory_gb": 0.001,
    **dict.fromkeys(("depth", "stages", "most_trees", "variants", "most_scanned"), 1),
    **dict.fromkeys(("trimmed_weight", "shift", "scale", "turn_degrees", "sharpen", "seed"), 0),
}
MOST: dict[str, float] = {
    "window_px": 40,
    "depth": MAX_DEPTH,
    "trimmed_weight": 0.9,
    "shift": 1,
    "scale": 1,
    "turn_degrees": 180,
}


@dataclass(frozen=True)
class Settings:
    """All that decides what comes out, besides the images. Shares and rates are from 0 to 1."""

    window_px: int = 20  # side of the window
    features: str = "classic"  # or lienhart
    boosting: str = "gentle"  # a plug-in of classical/boosting
    depth: int = 2  # of the trees; 1 are stumps
    stages: int = 20  # at most
    hit_rate: float = 0.995  # share of the faces that a stage lets pass
    false_alarm_rate: float = 0.5  # share of the other windows that a stage lets pass, at most
    overall_false_alarm_rate: float = 1e-6  # the training ends below
    most_trees: int = 200  # a stage
    negatives: int = 10_000  # windows without faces, a stage
    most_scanned: int = 400_000_000  # windows scanned for one stage's negatives
    held_out: float = 0.1  # share of the samples that thresholds and rates are measured on, and no tree is chosen for
    positive_weight: float = 0.5  # share of all weight that the faces have in the first round
    trimmed_weight: float = 0.05  # share of all weight, in the easiest samples, that does not choose a round's splits
    feature_share: float = 0.1  # share of the features that a round tries
    memory_gb: float = 4.0  # of the table of binned features; what has no room is left out of a stage at random
    share: float = 0.78  # of an image's side that a window covers
    variants: int = 2  # windows cut from each image, every second one mirrored
    shift: float = 0.03  # standard deviation of the windows' places, in sides of a window
    scale: float = 0.05  # ... of their sizes, in natural logarithms
    turn_degrees: float = 6.0  # ... of their angles
    sharpen: float = 3.0  # images are sharpened by up to so much, as reduced images of faces are crisp
    # What the images show: x1 y1 x2 y2 of a face, as others draw its box, in sides of the window.
    face: list[float] = field(default_factory=lambda: [0.0, 0.0, 1.0, 1.0])
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("hit_rate", "overall_false_alarm_rate", "feature_share", "share"):
            if not 0 < getattr(self, name) <= 1:
                raise UserError(f"setting {name}: expected a share above 0 and not above 1, got {getattr(self, name)}")
        for name in ("false_alarm_rate", "held_out", "positive_weight"):
            if not 0 < getattr(self, name) < 1:
                raise UserError(f"setting {name}: expected a share between 0 and 1, got {getattr(self, name)}")
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                raise UserError(f"setting {name}: expected at least {least}, got {getattr(self, name)}")
        for name, most in MOST.items():
            if getattr(self, name) > most:
                raise UserError(f"setting {name}: expected at most {most}, got {getattr(self, name)}")
        if self.features not in SHAPES:
            raise UserError(f"setting features: expected {' or '.join(SHAPES)}, got {self.features!r}")
        if len(self.face) != 4 or not (self.face[0] < self.face[2] and self.face[1] < self.face[3]):
            raise UserError(f"setting face: expected [x1, y1, x2, y2] with x1 < x2 and y1 < y2, got {self.face}")
        plugins.find("boosting", self.boosting)
