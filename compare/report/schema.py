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


class Recommended(Open):
    """A threshold for a false match rate."""

    asked: Annotated[float, Field(gt=0, le=1)]
    threshold: Finite
    low: Finite
    high: Finite
    fmr: Rate
    fnmr: Rate | None
    pairs: Count
    people: Count
    images: Count
    unknown: Count
    promised: bool
    lowest: Share | None
    needed: Count | None


class NotRecommended(BaseModel, extra="forbid"):
    """Why there is no such threshold."""

    left_out: str


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
    recommended: NotRecommended | Recommended = ABSENT


class TakenFor(Open):
    """A probe that was taken for somebody else, and the image of whom it was; excess null where there is no other."""

    probe: str
    person: str
    named: str
    enrolled: str
    score: Finite
    excess: Finite | None
    probe_picture: str
    enrolled_picture: str


class PersonRate(Open):
    """How often a person is named rightly."""

    person: str
    probes: Count
    share: Share
    low: Share
    high: Share
    below: bool


class PersonRates(Open):
    """Of all people, and of the worst."""

    overall: Share
    people: Count
    most_images: Count
    below: Count
    tenths: Annotated[list[Count], Field(min_length=11, max_length=11)]
    worst: list[PersonRate]


class ConfusionMatrix(Open):
    """Of some people: a row each, and in the last two columns others, and nobody."""

    people: list[str]
    probes: list[list[Count]]


class NamedPeople(Open):
    """Who is taken for whom. fpir : at which the threshold is set, "" for none."""

    fpir: Literal["", "1e-1", "1e-2"]
    rates: PersonRates
    matrix: ConfusionMatrix
    confusions: Count
    refused: Count
    taken_for: list[TakenFor]
    strangers: Count = ABSENT
    strangers_of: Count = ABSENT
    strangers_taken: list[TakenFor] = []


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
    answers: NamedPeople = ABSENT
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


class StressLevel(Open):
    """Accuracy at one level of a stress; None is that of an image as it is."""

    level: Finite | None
    accuracy: Share
    pairs: Count
    not_found: Count


class HalfLevel(Open):
    """Where half is lost; None is beyond the strongest level."""

    level: Finite | None
    weak_end: Finite | None
    strong_end: Finite | None


class Stressed(Open):
    """A system under one stress."""

    levels: Annotated[list[StressLevel], Field(min_length=2)]
    half_level: HalfLevel | None


class StressKind(Open):
    """A stress, its levels without that of an image as it is, and an image at each."""

    label: str
    levels: Annotated[list[Finite], Field(min_length=1)]
    pictures: list[str] = []


class StressTest(Open):
    """Of which pairs the stresses are."""

    pairs: Count
    of: Count
    chance: Share
    face: str
    stresses: dict[str, StressKind]


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


class ShownPair(Open):
    """Two images by name, and the files of their crops."""

    first: str
    second: str
    same: bool
    first_picture: str
    second_picture: str


class ScoredPair(ShownPair):
    """A pair near the threshold."""

    score: Finite


class WrongPair(ScoredPair):
    """A pair that was decided wrongly. failing : how many systems of the run are wrong about it."""

    threshold: Finite
    failing: Count


class CommonFailure(ShownPair):
    """A pair at which all systems fail; how bad that is."""

    outdone: Share


class LoneFailure(CommonFailure):
    """A pair at which one system alone fails."""

    score: Finite
    threshold: Finite


class CommonFailures(Open):
    """How many pairs all systems fail at, the worst of them, and whose crops are shown."""

    pairs: Count
    crops_of: str
    shown: list[CommonFailure]


class LoneFailures(Open):
    """How many pairs one system alone fails at, and the worst of them."""

    pairs: Count
    shown: list[LoneFailure]


class Failures(Open):
    """The systems' failures beside each other; alone : by the system's id."""

    systems: Annotated[int, Field(ge=2, le=2**53)]
    pairs: Annotated[int, Field(ge=1, le=2**53)]
    nobody: Count
    everybody: CommonFailures
    alone: dict[str, LoneFailures]


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


class Kept(Open):
    """The file of a fitted system, or why there is none."""

    file: str = ABSENT
    sha256: str = ABSENT
    left_out: str = ABSENT


class System(Open):
    """What every run says of a system, and the metrics of its tasks."""

    name: str
    id: str
    track: str
    stages: dict[str, Plugin | list[Plugin] | None]
    outside_data: str
    timing: dict[str, Timing]
    learning: dict[str, str] = {}
    remarks: str = ""
    crops_sha256: str = ""
    verification: Verification = ABSENT
    identification: Identification = ABSENT
    detection: Detection = ABSENT
    factors: dict[str, list[Level]] = {}
    stress: dict[str, Stressed] = {}
    beside: Beside = ABSENT
    errors: dict[str, list[WrongPair]] = {}
    near_threshold: list[ScoredPair] = []
    kept: Kept = ABSENT
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


class Estimate(Open):
    """A difference with its interval."""

    value: Finite
    low: Finite
    high: Finite


class Variant(Open):
    """A system of which something was exchanged."""

    stage: str
    changed: Annotated[dict[str, str], Field(min_length=1)]
    accuracy: Share
    difference: Estimate
    not_found: Count
    same_crops_as: str


class Losses(Open):
    """What is lost by which face a detector chooses, by where it lies, by both, and the sum of the first two."""

    choice: Estimate
    place: Estimate
    sum: Estimate
    both: Estimate


class Judged(Open):
    """The losses of a detector."""

    detector: str
    as_it_is: bool
    accuracy: Share
    losses: Losses
    interaction: Estimate
    adds_up: bool


class Attribution(Open):
    """The losses of detectors against a reference."""

    reference: str
    annotated: bool
    accuracy: Share
    detectors: list[Judged]


class OwnStages(Open):
    """What a system's stages are called."""

    detector: str
    aligner: str
    preprocessing: str
    encoder: str


class Ablated(Open):
    """A system, and what became of it with something exchanged."""

    name: str
    stages: OwnStages
    accuracy: Share
    variants: list[Variant]
    attribution: Attribution = ABSENT


class Ablation(Open):
    """Of all systems."""

    task: str
    stages: list[str]
    level: Share
    annotated: bool
    on_missing: Literal["annotation", "centre", "skip", "error"]
    left_out: list[str]
    systems: list[Ablated]


class Shown(Open):
    """Two images by name, and as files where they are shown."""

    images: Annotated[list[str], Field(min_length=2, max_length=2)]
    files: Annotated[list[str], Field(min_length=2, max_length=2)] = ABSENT


class SharedPerson(Shown):
    """A person in both sets."""

    training: str
    test: str
    by: list[str]
    similarity: Finite = ABSENT
    expected: Finite = ABSENT


class SharedPicture(Shown):
    """A picture in both sets."""

    kind: str
    correlation: Finite
    people: Annotated[list[str], Field(min_length=2, max_length=2)]


class Double(Shown):
    """Two people of one set who look like one."""

    set: str
    people: Annotated[list[str], Field(min_length=2, max_length=2)]
    similarity: Finite
    expected: Finite


class ByVectors(Open):
    """What a comparison by vectors rests on."""

    threshold: Finite
    alpha: Finite
    detectable: Share | None
    doubles: list[Double]


class Side(Open):
    """A set that is compared with another."""

    name: str
    protocol: str
    images: Count
    people: Count


class Overlap(Open):
    """What a training and a test set share."""

    training: Side
    test: Side
    people: list[SharedPerson]
    numbered: Count
    unnamed: list[str]
    pictures: list[SharedPicture]
    kinds: dict[str, Count]
    vectors: ByVectors = ABSENT


class Guard(Overlap):
    """Of a task of a run."""

    task: str


class OverlapFile(Overlap):
    """What every overlap.json holds."""

    command: str
    stages: dict[str, dict[str, Any]] | None
    not_compared: str


class PhotoFinding(Open):
    """One thing that the check of a folder of photos found; files : thumbnails of the first of its images."""

    kind: str
    severity: Literal["fault", "note"]
    people: list[str]
    images: list[str]
    words: str
    measure: Finite | None
    files: list[str] = ABSENT


class NamedStage(Open):
    """A plug-in by its name, beside its settings."""

    name: str


class Photos(Open):
    """What the check of a folder of photos found."""

    folder: str
    version: str
    people: Count
    images: Count
    strangers: Count
    files: Count
    counts: dict[str, Count]
    findings: list[PhotoFinding]
    not_checked: list[str]
    stages: dict[str, NamedStage]
    caution: str


class PhotosFile(Photos):
    """What every check.json holds."""

    command: str


class ClusterFace(Open):
    """A face of a folder. cluster : the number of its person. score : how well it fits. cut : its file."""

    image: str
    cluster: Annotated[int, Field(ge=1)] | None
    score: Finite | None
    left_out: str
    cut: str = ABSENT


class ClustersFile(Open):
    """What every clusters.json holds."""

    command: str
    folder: str
    recognizer: str
    matcher: str
    clusterer: str
    origin: str
    images: Count
    people: Count
    faces: list[ClusterFace]
    unreadable: dict[str, str]


class Metrics(Open):
    """What every metrics.json holds."""

    format: Literal[3]
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
    failures: Failures = ABSENT
    samples: list[Sample] = []
    ablation: Ablation = ABSENT
    guards: list[Guard] = []
    stress: StressTest = ABSENT
    photos: Photos = ABSENT
