"""The table of systems on the first screen: one row a system, one column a metric, the best of each column marked."""

from collections.abc import Callable
from dataclasses import dataclass

from eigen2arc.core.files import Json
from eigen2arc.core.metrics.detection import stops_at

Metrics = Json


@dataclass(frozen=True)
class Column:
    """One metric. value : taken from a task's metrics, None where there is none. text : how it is printed.

    false_positives : at how many the value is taken; "" for no such metric. interval : the key of its interval.
    """

    task: str
    label: str
    meaning: str
    value: Callable[[Metrics], float | None]
    text: Callable[[float], str]
    higher_is_better: bool = True
    false_positives: str = ""
    interval: str = ""


@dataclass(frozen=True)
class Cell:
    """What the table prints: a value, small print, its interval, and whether it is the best of its column.

    value : the number itself, by which rows are sorted. ends : of its interval, where there is one.
    """

    label: str
    text: str
    spread: str = ""
    interval: str = ""
    best: bool = False
    value: float | None = None
    ends: tuple[float, float] | None = None


def percent(value: float) -> str:
    """Format a share 0..1 in per cent, with the digits that a thousand trials can carry."""
    return f"{100 * value:.2f}"


def _fnmr(name: str) -> Column:
    def value(metrics: Metrics) -> float | None:
        rate = metrics["fnmr_at_fmr"].get(name)
        return None if isinstance(rate, str) else rate

    at = f"{100 * float(name):g} %"
    meaning = (
        f"share of genuine pairs refused at the threshold that accepts at most {at} of impostor pairs; "
        f"100 % less it is the TAR at FAR {at}"
    )
    label, key = f"FNMR at FMR {at}", f"fnmr_at_fmr/{name}"
    return Column("verification", label, meaning, value, percent, higher_is_better=False, interval=key)


def _recall(count: str) -> Column:
    meaning = f"share of faces found with at most {count} false positives in the whole set"

    def value(metrics: Metrics) -> float | None:
        return metrics["recall_at_fp"].get(count)

    label, key = f"recall at {count} FP", f"recall_at_fp/{count}"
    return Column("detection", label, meaning, value, percent, false_positives=count, interval=key)


def _continuous(count: str) -> Column:
    meaning = f"FDDB's continuous score: the faces' mean overlap with what was found, at {count} false positives"

    def value(metrics: Metrics) -> float | None:
        return metrics.get("continuous_recall_at_fp", {}).get(count)

    return Column("detection", f"continuous at {count} FP", meaning, value, percent, false_positives=count)


def _precision(subset: str) -> Column:
    meaning = f"average precision on the {subset} faces, by WIDER FACE's official evaluation"
    return Column(
        "detection", f"AP {subset}", meaning, lambda metrics: metrics.get("average_precision", {}).get(subset), percent
    )


def _among(count: int) -> Column:
    meaning = f"share of probes whose enrolled image comes before {count:,} strangers: MegaFace's protocol"

    def value(metrics: Metrics) -> float | None:
        return metrics.get("rank1_by_distractors", {}).get(str(count))

    return Column("identification", f"rank-1 of {count:,}", meaning, value, percent)


def _tar(far: str) -> Column:
    meaning = f"share of genuine pairs accepted at the threshold that accepts at most {far} of the pairs with strangers"

    def value(metrics: Metrics) -> float | None:
        rate = metrics.get("tar_at_far", {}).get(far)
        return None if isinstance(rate, str) else rate

    return Column("identification", f"TAR at FAR {far}", meaning, value, percent)


def _dir(name: str) -> Column:
    at = f"{100 * float(name):g} %"
    meaning = (
        f"detection and identification rate: share of probes whose own person is named, at the threshold at which "
        f"at most {at} of the strangers are taken for somebody; 100 % less it is the FNIR"
    )

    def value(metrics: Metrics) -> float | None:
        rate = metrics.get("open_set", {}).get("dir_at_fpir", {}).get(name)
        return None if isinstance(rate, str) else rate

    label, key = f"DIR at FPIR {at}", f"dir_at_fpir/{name}"
    return Column("identification", label, meaning, value, percent, interval=key)


def _if_refused(task: str, key: str, label: str) -> Column:
    meaning = "the same, where every image in which no face was found counts as refused: for comparing detectors"

    def value(metrics: Metrics) -> float | None:
        acquired = metrics.get("failure_to_acquire", {})
        return acquired.get(key) if acquired.get("images") else None

    return Column(task, f"{label}, losses refused", meaning, value, percent)


def _hter(metrics: Metrics) -> float | None:
    return metrics.get("hter", {}).get("mean")


COLUMNS = (
    Column(
        "verification",
        "accuracy",
        "share of pairs decided rightly: mean ± standard deviation over the folds",
        lambda metrics: metrics["accuracy"]["mean"],
        percent,
        interval="accuracy",
    ),
    _if_refused("verification", "accuracy_if_refused", "accuracy"),
    Column(
        "verification",
        "HTER",
        "half total error rate: (FMR + FNMR) / 2 at the threshold of equal error on the other folds' pairs",
        _hter,
        percent,
        higher_is_better=False,
        interval="hter",
    ),
    Column(
        "verification",
        "EER",
        "equal error rate: where false accepts and false rejects are equally frequent",
        lambda metrics: metrics["eer"],
        percent,
        higher_is_better=False,
        interval="eer",
    ),
    Column(
        "verification",
        "AUC",
        "area under the ROC: the chance that a genuine pair outscores an impostor pair",
        lambda metrics: metrics["auc"],
        "{:.4f}".format,
        interval="auc",
    ),
    *(_fnmr(name) for name in ("1e-1", "1e-2", "1e-3", "1e-4")),
    Column(
        "identification",
        "rank-1",
        "share of probes whose own person comes first",
        lambda metrics: metrics["rank1"],
        percent,
        interval="rank1",
    ),
    _if_refused("identification", "rank1_if_refused", "rank-1"),
    *(_dir(name) for name in ("1e-1", "1e-2", "1e-3")),
    *(_among(10**power) for power in range(1, 7)),
    _tar("1e-6"),
    *(_precision(subset) for subset in ("easy", "medium", "hard")),
    *(_recall(count) for count in ("10", "50", "100", "200")),
    _continuous("100"),
)


def table(systems: list[Json]) -> tuple[list[Column], list[list[Cell]]]:
    """Return the columns in which some system has a value, and a row of cells for each system."""
    values = {column: [_value(column, system) for system in systems] for column in COLUMNS}
    columns = [column for column in COLUMNS if any(value is not None for value in values[column])]
    rows = [[_cell(column, values[column], n, system) for column in columns] for n, system in enumerate(systems)]
    return columns, rows


def _value(column: Column, system: Json) -> float | None:
    metrics = system.get(column.task)
    return None if metrics is None else column.value(metrics)


def _cell(column: Column, values: list[float | None], row: int, system: Json) -> Cell:
    value = values[row]
    if value is None:
        return Cell(column.label, "-")
    known = [v for v in values if v is not None]
    best = max(known) if column.higher_is_better else min(known)
    # Values that print alike are equally good: the digits beyond are noise.
    marked = len(known) > 1 and column.text(value) == column.text(best)
    ends = _ends(column, system)
    small = _spread(column, system), _interval(column, ends)
    return Cell(column.label, column.text(value), *small, best=marked, value=value, ends=ends)


def _spread(column: Column, system: Json) -> str:
    """The small print of a value: "± 0.50", "stops at 24", or nothing."""
    if column.false_positives:
        last = stops_at(system["detection"], column.false_positives)
        return "" if last is None else f"stops at {last}"
    if column.label == "accuracy" and len(system["verification"]["accuracy"]["folds"]) > 1:
        return f"± {percent(system['verification']['accuracy']['std'])}"
    return ""


def _ends(column: Column, system: Json) -> tuple[float, float] | None:
    ends = system[column.task]["intervals"].get(column.interval)
    return None if ends is None else (ends["low"], ends["high"])


def _interval(column: Column, ends: tuple[float, float] | None) -> str:
    """The interval of a value with a digit less, as "61.2 to 63.9"; "" for a metric without one."""
    if ends is None:
        return ""
    low, high = (f"{100 * end:.1f}" if column.text is percent else f"{end:.3f}" for end in ends)
    return f"{low} to {high}"


#: What the words of LFW's page of results mean, for what the systems of a run are called.
MEANINGS = {
    "unknown: stated by nobody": "neither the encoder nor the suite says what it was trained with, which may be "
    "millions of people",
    "unsupervised": "no label at all",
    "image-restricted": "which pairs show one person, and which two",
    "unrestricted": "who is in every image",
    "no outside data": "nothing was learned from other images",
    "label-free outside data": "the detector or aligner was trained on other images, which do not say who is who",
    "outside data not stated": "the suite does not say what its parts were trained on",
    "labelled outside data": "the encoder was trained on other people, and knew who is who",
}


def settings_learned(systems: list[Json]) -> list[str]:
    """List those keys of MEANINGS that a system of the run is called, in their order."""
    used = {word for system in systems for word in system.get("learning", {}).values()}
    return [word for word in MEANINGS if word in used]


def published_rows(systems: list[Json]) -> list[Json]:
    """Return a row for every system with a published result: both as printed, the difference in points, the words."""
    rows = []
    for system in systems:
        if (pair := system.get("beside")) is not None:
            gain = -pair["difference"] if pair["figure"] == "error" else pair["difference"]
            rows.append(
                {
                    "name": system["name"],
                    "metric": {"rank1": "rank-1"}.get(pair["figure"], pair["figure"]),
                    "published": percent(pair["published"]),
                    "ours": percent(pair["ours"]),
                    "difference": f"{100 * pair['difference']:+.2f}".replace("-", "\u2212"),
                    "better": round(100 * gain, 2) > 0,
                    "source": pair["source"],
                    "differs": pair["differs"],
                }
            )
    return rows
