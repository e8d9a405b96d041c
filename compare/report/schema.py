"""What a metrics.json has to hold for the page to be made of it: other keys may stand beside these."""

from typing import Annotated, Any

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


class Verification(Open):
    """Metrics of pairs."""

    accuracy: Accuracy
    threshold: Threshold
    auc: Finite
    eer: Share
    fnmr_at_fmr: dict[str, Share | str]
    pairs: Count
    not_found: Count


class Interval(Open):
    """Of a rank-1 rate."""

    method: str
    low: Finite
    high: Finite


class Identification(Open):
    """Metrics of probes against a gallery."""

    rank1: Share
    interval: Interval = ABSENT
    rounds: list[Share] = []
    cmc: Annotated[list[Share], Field(min_length=1)]
    probes: Count
    not_found: Count
    rank1_by_distractors: dict[str, Share] = {}
    tar_at_far: dict[str, Share | str] = {}


class Detection(Open):
    """Metrics of detections against annotated faces."""

    recall_at_fp: dict[str, Share | None]
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


#: Of a time that was measured.
Milliseconds = Annotated[float, Field(gt=0, le=1e12)]


class Held(Open):
    """What a part of a system holds, and takes for an image or a crop; null for what nobody counted."""

    parameters: Count | None
    bytes: Count | None
    multiply_adds: Count | None


class Cost(Open):
    """What a system costs. stages : milliseconds by stage and by where they were measured; milliseconds : their sum.

    A place is one_thread, all_cores or gpu. busy : what other programs took of the processor meanwhile. failed : a line
    for each place where it could not be measured.
    """

    images: Count
    image_size: str
    parts: dict[str, Held]
    stages: dict[str, dict[str, Milliseconds]]
    milliseconds: dict[str, Milliseconds]
    peak_memory_bytes: Count | None
    base_memory_bytes: Count | None
    busy: Share | None
    failed: list[str] = []


class Pair(Open):
    """A pair that was decided wrongly."""

    first: str
    second: str
    score: Finite
    threshold: Finite
    first_picture: str
    second_picture: str


class System(Open):
    """What every run says of a system, and the metrics of its tasks."""

    name: str
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
    cost: Cost = ABSENT


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

    title: str
    description: str
    command: str
    eigen2arc: str
    versions: dict[str, str]
    hardware: dict[str, Any]
    datasets: dict[str, Data]
    left_out: list[str] = []
    systems: Annotated[list[System], Field(min_length=1)]
    samples: list[Sample] = []
