"""Computing a run's figures again from its tables: whoever changes a score has to change the figure, too."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from eigen2arc.compare.report.run_folder import Detections, RunFolder
from eigen2arc.compare.report.tables import Pairs, Probes, annotated_faces, pairs_of, probes_of
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import Json
from eigen2arc.core.metrics import detection, hter, open_set, verification

#: How far two sums of one list of numbers may part on two machines.
TOLERANCE = 1e-9

#: More than any protocol has: each takes another look at all pairs.
MOST_FOLDS = 1000

#: What a run compares its systems by, and where that stands in the entry of one.
COMPARED = {"accuracy": ("accuracy", "mean"), "rank1": ("rank1",), "recall_at_fp/100": ("recall_at_fp", "100")}


def recompute(run: RunFolder) -> list[str]:
    """Compute again what a run's tables give, and compare it with metrics.json; returns lines on what was computed.

    Accuracy, thresholds, AUC, EER, FNMR, HTER; rank-k, DIR; recall; differences of systems. Intervals and p are not:
    they are draws. Raises UserError, which names the table, the system and the figure, for the first that differs.
    """
    with parsing(run.folder / "metrics.json", "does not hold what a run's does", run.again):
        pairs = pairs_of(run)
        lines = [
            *_table(run, "verification", "scores.csv", pairs, _verification),
            *_table(run, "identification", "answers.csv", probes_of(run), _identification),
            *_table(run, "detection", "detections.csv", run.detections(), _detection),
        ]
        _shown_pairs(run, pairs)
        _open_set(run)
        _faces(run)
        _differences(run)
    return lines


def _table(run: RunFolder, task: str, name: str, rows: dict[str, Any], compute: Any) -> Iterator[str]:
    systems = {system["name"]: system[task] for system in run.metrics["systems"] if task in system}
    silent = {one for one, said in systems.items() if said.get("detections") == 0}
    if odd := (set(systems) ^ set(rows)) - silent:
        where = f"{run.folder / name}: and metrics.json do not hold the same systems"
        raise UserError(f"{where}: {min(odd)!r} is missing in one of them")
    for one, of_system in rows.items():
        try:
            made = compute(of_system, systems[one])
        except UserError as error:
            raise UserError(f"{run.folder / name}: {error}") from None
        _compare(run, name, one, task, made, systems[one])
    if rows:
        yield f"{task}: {len(rows)} system{'s' if len(rows) > 1 else ''}, from {name}"


def _verification(pairs: Pairs, said: Json) -> Json:
    if len(np.unique(pairs.scores.fold)) > MOST_FOLDS:
        raise UserError(f"has more than {MOST_FOLDS:,} folds")
    made = verification.summary(pairs.scores, protocol="", not_found=0)
    half_total = hter.summary(pairs.scores)
    return _without(made, "protocol", "not_found") | ({} if half_total is None else {"hter": half_total})


def _identification(probes: Probes, said: Json) -> Json:
    if (probes.right != (probes.rank == 1))[~probes.skipped].any() or probes.right[probes.skipped].any():
        raise UserError("a probe is right where its person's rank is 1, and only there")
    mated, last = probes.rank > 0, len(said["cmc"])
    rounds = [probes.rank[mated & (probes.number == one)] for one in np.unique(probes.number[mated])]
    curves = [np.cumsum(np.bincount(np.minimum(one, last + 1), minlength=last + 2))[1:-1] / len(one) for one in rounds]
    curve = np.mean(curves, axis=0)
    rank1 = [float(np.mean(one == 1)) for one in rounds]
    return {"rank1": float(curve[0]), "rounds": rank1, "cmc": curve.tolist(), "probes": int(mated.sum())}


def _detection(found: Detections, said: Json) -> Json:
    counted = ~found.ignored
    scores, hits = found.scores[counted], found.hits[counted]
    made = detection.summary(hits, scores, faces=said["faces"], images=0, protocol="")
    if "continuous_recall_at_fp" in said:
        made["continuous_recall_at_fp"] = detection.recall_table(*found.continuous_roc(said["faces"]))
    return _without(made, "images", "protocol")


def _shown_pairs(run: RunFolder, pairs: dict[str, Pairs]) -> None:
    """The scores of the pairs that the page shows are those of the table."""
    for system in run.metrics["systems"]:
        shown = [
            *system.get("near_threshold", []),
            *(one for kind in system.get("errors", {}).values() for one in kind),
        ]
        if not shown or system["name"] not in pairs:
            continue
        rows = pairs[system["name"]]
        keys = zip(rows.first.tolist(), rows.second.tolist(), strict=True)
        scores: dict[tuple[str, str], set[float]] = {}
        for key, score in zip(keys, rows.scores.value.tolist(), strict=True):
            scores.setdefault(key, set()).add(score)
        for pair in shown:
            if pair["score"] not in scores.get((pair["first"], pair["second"]), ()):
                raise UserError(
                    f"{run.folder / 'scores.csv'}: does not give what metrics.json says of {system['name']!r}: "
                    f"{pair['first']} and {pair['second']} have the score {pair['score']} there, and not in the table"
                )


def _open_set(run: RunFolder) -> None:
    systems = {system["name"]: system.get("identification", {}) for system in run.metrics["systems"]}
    rounds = run.open_rounds()
    for name, said in systems.items():
        if ("open_set" in said) != (name in rounds):
            raise UserError(f"{run.folder / 'answers.csv'}: and metrics.json disagree on the strangers of {name!r}")
        if name in rounds:
            made = open_set.summary(rounds[name])
            _compare(run, "answers.csv", name, "identification.open_set", made, said["open_set"])


def _faces(run: RunFolder) -> None:
    """The faces that are to be found are those of the table of images."""
    counts = annotated_faces(run)
    for system in run.metrics["systems"]:
        if said := system.get("detection"):
            made = {"faces": sum(counts.values()), "images": len(counts)}
            _compare(run, "images.csv", system["name"], "detection", made, said)


def _differences(run: RunFolder) -> None:
    """The differences of two systems are those of their figures."""
    systems = {system["id"]: system for system in run.metrics["systems"]}
    for table in run.metrics["comparisons"]:
        for pair in table["pairs"]:
            values = []
            for one in (pair["first"], pair["second"]):
                value = systems[one][table["task"]]
                for key in COMPARED[table["metric"]]:
                    value = value[key]
                values.append(value)
            made = {"difference": values[0] - values[1]}
            _compare(run, "metrics.json", f"{pair['first']} and {pair['second']}", "comparisons", made, pair)


def _without(made: Json, *keys: str) -> Json:
    return {key: value for key, value in made.items() if key not in keys}


def _compare(run: RunFolder, table: str, system: str, where: str, made: Any, said: Any) -> None:
    """Raise UserError for the first value of ``made`` that differs from what metrics.json says, ``said``."""
    for path, value in _leaves(made):
        other = said
        for key in path:
            there = (isinstance(other, dict) and key in other) or (isinstance(other, list) and int(key) < len(other))
            other = other[int(key) if isinstance(other, list) else key] if there else None
        if not _alike(value, other):
            raise UserError(
                f"{run.folder / table}: does not give what metrics.json says of {system!r}: "
                f"{'.'.join((where, *path))} is {other!r:.40} there, and {value!r:.40} by the table"
            )
        if isinstance(other, list) and len(other) != len(value):
            raise UserError(
                f"{run.folder / table}: does not give what metrics.json says of {system!r}: "
                f"{'.'.join((where, *path))} has {len(other)} entries there, and {len(value)} by the table"
            )


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict | list):
        if path:
            yield path, value
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in inside:
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path, value


def _alike(made: Any, said: Any) -> bool:
    if isinstance(made, dict | list):
        return type(made) is type(said)
    if isinstance(made, bool | str) or isinstance(said, bool | str) or said is None:
        return made is said or (made == said and type(made) is type(said))
    return math.isclose(made, said, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
