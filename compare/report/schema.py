"""What a metrics.json has to hold for the page to be made of it: other keys may stand beside these."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Point = Annotated[list[Finite], Field(min_length=2, max_length=2)]
Box = Annotated[list[Finite], Field(min_length=4, max_length=4)]


#: The default of what may be missing. It is not checked: null in a file does not stand for it.
ABSENT: Any = None


class Open(BaseModel, extra="allow"):
    """A table that may hold more than is checked."""


class Plugin(Open):
    """A plug-in of a stage, with all its settings."""

    name: str
    settings: dict[str, Any]


class Timing(Open):
    """The time of a stage."""

    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Accuracy(Open):
    """Over the folds."""

    mean: Share
    std: Finite
    folds: list[Share]


class Threshold(Open):
    """That decides pairs."""

    mean: Finite
    in_sample: bool


class Interval(Open):
    """Of a metric."""

    low: Finite
    high: Finite


class Resampled(Open):
    """What the intervals of a task were made of."""

    unit: Literal["people", "images"]
    units: Count
    level: Share


class Band(Open):
    """Intervals of the FNMR over the FMR."""

    fmr: list[Share]
    low: list[Share]
    high: list[Share]


class HalfTotal(Open):
    """HTER over the folds."""

    mean: Share
    folds: list[Share]
    in_sample: bool


class Ends(Open):
    """An interval."""

    low: Share
    high: Share


class FailureToAcquire(Open):
    """Images in which no face was found, and metrics where each loss is a refusal."""

    images: Count
    of: Annotated[int, Field(ge=1, le=2**53)]
    share: Share
    interval: Ends
    accuracy_if_refused: Share = ABSENT
    rank1_if_refused: Share = ABSENT
    dir_at_fpir_if_refused: dict[str, Share | str] = {}


class Rate(Ends):
    """A rate with its interval."""

    value: Share


class Group(Open):
    """A group and its sizes, with a rate by each metric beside them: the metrics are those that have a spread."""

    name: str


class Spread(Rate):
    """The highest rate less the lowest."""

    highest: str
    lowest: str


class Grouping(Open):
    """Metrics by group."""

    groups: Annotated[list[Group], Field(min_length=2)]
    spread: dict[str, Spread]
    too_few: list[str]


class OpenSet(Open):
    """Metrics with strangers."""

    dir_at_fpir: dict[str, Share | str]
    strangers: Count
    rounds: Count


class Verification(Open):
    """Metrics of pairs."""

    accuracy: Accuracy
    threshold: Threshold
    auc: Finite
    eer: Share
    fnmr_at_fmr: dict[str, Share | str]
    intervals: dict[str, Interval]
    resampled: Resampled
    det_band: Band
    pairs: Count
    not_found: Count
    hter: HalfTotal = ABSENT
    failure_to_acquire: FailureToAcquire = ABSENT
    groups: dict[str, Grouping] = {}


class Identification(Open):
    """Metrics of probes against a gallery."""

    rank1: Share
    intervals: dict[str, Interval]
    resampled: Resampled
    rounds: list[Share] = []
    cmc: Annotated[list[Share], Field(min_length=1)]
    probes: Count
    not_found: Count
    rank1_by_distractors: dict[str, Share] = {}
    tar_at_far: dict[str, Share | str] = {}
    open_set: OpenSet = ABSENT
    failure_to_acquire: FailureToAcquire = ABSENT
    groups: dict[str, Grouping] = {}


class Detection(Open):
    """Metrics of detections against annotated faces."""

    recall_at_fp: dict[str, Share | None]
    intervals: dict[str, Interval]
    resampled: Resampled
    faces: Annotated[int, Field(ge=1, le=2**53)]
    test_scale: str
    regions: str
    continuous_recall_at_fp: dict[str, Share | None] = {}
    average_precision: dict[str, Share | None] = {}


class Level(Open):
    """Accuracy at one level of a factor."""

    level: Finite
    accuracy: Share
    pairs: Count
    not_found: Count


class Beside(Open):
    """A published result and ours."""

    figure: str
    published: Share
    ours: Share
    difference: Finite
    source: str
    differs: str


class Pair(Open):
    """A pair that was decided wrongly."""

    first: str
    second: str
    score: Finite
    threshold: Finite
    first_picture: str
    second_picture: str


class Compared(Open):
    """Two systems on the same trials."""

    first: str
    second: str
    better: str
    difference: Finite
    low: Finite
    high: Finite
    p: Share
    p_holm: Share
    people_needed: Count | None
    mcnemar: Share = ABSENT


class Comparisons(Open):
    """All systems of a task, each with each other."""

    task: str
    metric: str
    unit: Literal["people", "images"]
    units: Count
    pairs: list[Compared]


class System(Open):
    """What every run says of a system, and the metrics of its tasks."""

    name: str
    id: str
    track: str
    stages: dict[str, Plugin | list[Plugin] | None]
    outside_data: str
    timing: dict[str, Timing]
    learning: dict[str, str] = {}
    crops_sha256: str = ""
    verification: Verification = ABSENT
    identification: Identification = ABSENT
    detection: Detection = ABSENT
    factors: dict[str, list[Level]] = {}
    beside: Beside = ABSENT
    errors: dict[str, list[Pair]] = {}


class Found(Open):
    """A detection in a sample image."""

    box: Box
    score: Finite | None
    landmarks: list[Point | None] | None


class Sample(Open):
    """An image of the run with its annotation and what each system found."""

    image: str
    picture: str
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    height: Annotated[int, Field(ge=1, le=1_000_000)]
    truth: list[Box]
    detections: dict[str, list[Found]]


class Data(Open):
    """A data set of the run."""

    name: str
    version: str
    protocol: str
    notes: list[str] = []
    images: Count
    people: Count
    pairs: Count


class Metrics(Open):
    """What every metrics.json holds."""

    format: Literal[2]
    title: str
    description: str
    command: str
    eigen2arc: str
    versions: dict[str, str]
    hardware: dict[str, Any]
    datasets: dict[str, Data]
    left_out: list[str] = []
    systems: Annotated[list[System], Field(min_length=1)]
    comparisons: list[Comparisons]
    samples: list[Sample] = []
