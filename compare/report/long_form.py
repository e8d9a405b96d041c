"""A run's figures in long form, a row for each system and metric: for a spreadsheet, or a script that reads CSV."""

from collections.abc import Iterator
from typing import Any

from eigen2arc.core.files import Json

#: The columns.
HEADER = "system task metric value low high"

#: Of a table of rates by how strict they are: the metric's name leads them.
RATES = {
    "verification": ("fnmr_at_fmr",),
    "identification": ("rank1_by_distractors", "tar_at_far"),
    "detection": ("recall_at_fp", "continuous_recall_at_fp", "average_precision"),
}

RANKS = (1, 5, 10)


def rows(metrics: Json) -> Iterator[list[Any]]:
    """Yield a row for each system and metric as metrics.json names it, shares 0..1, with the interval where it has one.

    value is None where there is none, for too few trials; so are low and high. After the metrics come not_found, a
    number of images, and with --cost the milliseconds for a face by where they were measured.
    """
    for system in metrics["systems"]:
        for task in RATES:
            if task in system:
                intervals = system[task]["intervals"]
                for metric, value in _values(task, system[task]):
                    ends = intervals.get(metric, {})
                    value = None if isinstance(value, str) else value
                    yield [system["name"], task, metric, value, ends.get("low"), ends.get("high")]
        for place, value in system.get("cost", {}).get("milliseconds", {}).items():
            yield [system["name"], "cost", f"milliseconds/{place}", value, None, None]


def _values(task: str, said: Json) -> Iterator[tuple[str, Any]]:
    if task == "verification":
        yield from (("accuracy", said["accuracy"]["mean"]), ("auc", said["auc"]), ("eer", said["eer"]))
        if "hter" in said:
            yield "hter", said["hter"]["mean"]
    if task == "identification":
        yield from ((f"rank{k}", said["cmc"][k - 1]) for k in RANKS if k <= len(said["cmc"]))
        yield from _rates("dir_at_fpir", said.get("open_set", {}).get("dir_at_fpir", {}))
    for metric in RATES[task]:
        yield from _rates(metric, said.get(metric, {}))
    if "not_found" in said:
        yield "not_found", said["not_found"]


def _rates(metric: str, table: Json) -> Iterator[tuple[str, Any]]:
    yield from ((f"{metric}/{at}", value) for at, value in table.items())
