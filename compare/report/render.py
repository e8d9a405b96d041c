"""RUN/report.html: everything that a run found, on one page that opens from disk with no network."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eigen2arc.core.errors import parsing
from eigen2arc.core.files import Json, write_text
from eigen2arc.core.metrics.open_set import mean_curve
from eigen2arc.core.metrics.verification import ERRORS_NEEDED, spread_note
from eigen2arc.core.types import Scores

from .ablation import ablation_section
from .answers import answers_section
from .comparisons import comparison_tables
from .cost import cost_context
from .failures import failure_section
from .groups import acquired, groupings
from .guards import guard_contexts
from .headline import headline
from .numbers import numbers_block
from .operating_point import Thresholds
from .overview import MEANINGS, Cell, Column, percent, published_rows, settings_learned, table
from .page_script import content_security_policy, data_block, page_script
from .photos import photos_context
from .pictures import Pictures
from .plots import (
    alike,
    cmc_figure,
    cmc_numbers,
    curve_numbers,
    det_figure,
    det_numbers,
    distribution_figure,
    distribution_numbers,
    factor_figure,
    factor_label,
    level_numbers,
    open_set_figure,
    recall_figure,
    roc_courses,
    roc_figure,
    roc_numbers,
    timing_figure,
)
from .recommended import recommended_section
from .run_folder import Detections, RunFolder
from .stress import stress_section
from .style import DASHES, STAGE_COLORS, LineStyle, inline_svg, line_styles, themed, widened
from .systems_table import systems_table, table_numbers

TASKS = ("verification", "identification", "detection")


def render(run_dir: Path) -> Path:
    """Write report.html into a run's folder and return its path. The same folder gives the same bytes.

    Raises UserError if the folder is not a finished run.
    """
    run = RunFolder(run_dir)
    # The schema has what the figures are made of; whatever else a page trips over is the file's, too.
    with parsing(run.folder / "metrics.json", "does not hold what a run's does", run.again):
        page = environment().get_template("report.html").render(_context(run))
    path = run.folder / "report.html"
    write_text(path, page)
    return path


@cache  # with its templates, each of which is compiled once
def environment() -> Environment:
    """Build the environment of the page templates, with filters and functions; strict about names that do not exist."""
    made = Environment(
        loader=PackageLoader("eigen2arc.compare.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"seconds": seconds, "digits": digits, "percent": percent}
    made.filters |= {"acquired": acquired, "chain": _chain, "setting": _setting, "steps": _steps, "themed": themed}
    made.globals |= {"page_script": page_script, "content_security_policy": content_security_policy}
    made.globals |= {"data_block": data_block, "numbers_block": numbers_block}
    return made


def seconds(value: float) -> str:
    """Format seconds with three digits, or fewer where they would be noise."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def digits(value: float) -> str:
    """Format a score with about three digits and no exponent."""
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
        if size >= 1
        else f"{value:.3f}"
    )


def _context(run: RunFolder) -> Json:
    metrics = run.metrics
    systems = metrics["systems"]
    styles = line_styles(systems)
    scores = {name: scores for name, scores in run.scores().items() if name in styles}
    found = {name: detections for name, detections in run.detections().items() if name in styles}
    columns, rows = table(systems)
    thresholds, pictures = Thresholds(systems, scores, styles), Pictures(run)
    return {
        "run": metrics,
        "title": metrics["title"],
        "headline": headline(metrics),
        "recommended": recommended_section(systems),
        "photos": photos_context(metrics["photos"], run.image) if "photos" in metrics else None,
        "columns": columns,
        "groups": Counter(column.task for column in columns),
        "first": systems_table(systems, columns, rows, styles),
        "all_numbers": table_numbers(systems, columns, rows),
        "by_task": _cells_by_task(systems, columns, rows),
        "images_left_out": run.is_bundle,
        "limited": {task: data["limited"] for task, data in metrics["datasets"].items() if data.get("limited")},
        "folds": _folds(systems),
        "spread_note": spread_note(_folds(systems)),
        "stops": any(cell.spread.startswith("stops") for row in rows for cell in row),
        "too_few": _too_few(systems),
        "settings_learned": settings_learned(systems),
        "meanings": MEANINGS,
        "resampled": _resampled(systems),
        "comparisons": comparison_tables(metrics),
        "published": published_rows(systems),
        "chips": _crop_chips(systems),
        "legend": _legend(systems, styles),
        "verification_curves": _verification_curves(systems, scores, styles, thresholds),
        "distributions": _distributions(systems, scores, styles, thresholds),
        "cmc": _cmc(systems, styles),
        "open_set": _open_set(run, styles),
        "few_strangers": _few_strangers(systems),
        "answers": answers_section(metrics, run.image, digits),
        "lost": any(column.label.endswith("losses refused") for column in columns),
        "groupings": groupings(systems),
        **_recall(systems, found, styles),
        "regions": _distinct(systems, "regions"),
        "scales": _distinct(systems, "test_scale"),
        "factors": _factors(systems, styles),
        "factor_pairs": _factor_pairs(systems),
        "stress": stress_section(run, systems, styles),
        "samples": _sample_tiles(run, found, styles),
        "deciding": thresholds.section(pictures),  # after the plots, in which it has marks
        "failures": failure_section(metrics, pictures),
        "pictures": pictures,
        "ablation": ablation_section(metrics),
        "guards": guard_contexts(metrics, run.image),
        "cost": cost_context(systems, styles),
        "timing": _timing(systems),
        "stage_names": _stage_names(systems),
    }


def _cells_by_task(systems: list[Json], columns: list[Column], rows: list[list[Cell]]) -> dict[str, list[list[Cell]]]:
    """The cells of each task's columns, for the systems that have the task."""
    return {
        task: [
            [cell for cell, column in zip(row, columns, strict=True) if column.task == task]
            for system, row in zip(systems, rows, strict=True)
            if task in system
        ]
        for task in TASKS
    }


def _too_few(systems: list[Json]) -> list[str]:
    """The false match rates for which some system has too few impostor pairs."""
    tables = [system["verification"]["fnmr_at_fmr"] for system in systems if "verification" in system]
    return list(dict.fromkeys(rate for rates in tables for rate, value in rates.items() if isinstance(value, str)))


def _folds(systems: list[Json]) -> int:
    """Over how many folds the accuracy is a mean; 1 where it is none."""
    return max((len(s["verification"]["accuracy"]["folds"]) for s in systems if "verification" in s), default=1)


def _resampled(systems: list[Json]) -> list[str]:
    """What was drawn again for the intervals, in words, task by task: "the 4,281 people of verification"."""
    tasks = {task: system[task]["resampled"] for system in systems for task in TASKS if task in system}
    return [f"the {one['units']:,} {one['unit']} of {task}" for task, one in tasks.items()]


@dataclass(frozen=True)
class Plot:
    """A plot, and the groups of systems whose lines lie upon each other in it."""

    svg: Markup
    alike: list[list[str]]


def _verification_curves(
    systems: list[Json], scores: dict[str, Scores], styles: dict[str, LineStyle], thresholds: Thresholds
) -> dict[str, Plot]:
    bands = {system["name"]: system["verification"]["det_band"] for system in systems if "verification" in system}
    scores = {name: one for name, one in scores.items() if name in bands}
    if not scores:
        return {}
    groups = alike(roc_courses(scores), logarithmic=True)
    styles = widened(styles, groups)
    labels = {"roc": "ROC curves: true match rate", "det": "DET curves: false non-match rate"}
    figures = {
        "roc": (roc_figure(scores, styles), roc_numbers(scores)),
        "det": (det_figure(scores, styles, bands), det_numbers(scores, bands)),
    }
    made = {}
    for name, (figure, numbers) in figures.items():
        svg = inline_svg(figure, name, f"{labels[name]} over false match rate", numbers)
        made[name] = Plot(thresholds.marked(svg, figure, name), groups)
    return made


def _distributions(
    systems: list[Json], scores: dict[str, Scores], styles: dict[str, LineStyle], thresholds: Thresholds
) -> list[tuple[str, Markup]]:
    shown = []
    for number, system in enumerate(systems):
        name = system["name"]
        if name in scores and "verification" in system:
            figure = distribution_figure(scores[name], system["verification"]["threshold"]["mean"], styles[name])
            label = f"{name}: histograms of genuine and impostor scores"
            svg = inline_svg(figure, f"scores-{number}", label, distribution_numbers(name, scores[name]))
            shown.append((name, thresholds.marked_scores(svg, figure, name)))
    return shown


def _cmc(systems: list[Json], styles: dict[str, LineStyle]) -> Plot | None:
    curves = {system["name"]: system["identification"]["cmc"] for system in systems if "identification" in system}
    if not curves:
        return None
    groups = alike({name: (np.arange(len(curve)), np.array(curve)) for name, curve in curves.items()})
    label = "CMC curves: share of probes with the right person among the first k"
    figure = cmc_figure(curves, widened(styles, groups))
    return Plot(inline_svg(figure, "cmc", label, cmc_numbers(curves)), groups)


def _open_set(run: RunFolder, styles: dict[str, LineStyle]) -> Plot | None:
    rounds = {name: rounds for name, rounds in run.open_rounds().items() if name in styles}
    if not rounds:
        return None
    curves = {name: mean_curve(of_system) for name, of_system in rounds.items()}
    groups = alike(curves, logarithmic=True)
    strangers = min(len(one.strangers) for of_system in rounds.values() for one in of_system)
    figure = open_set_figure(curves, widened(styles, groups), ERRORS_NEEDED / strangers)
    label = "Share of enrolled people named over the share of strangers taken for somebody"
    return Plot(inline_svg(figure, "open-set", label, curve_numbers(curves, "FPIR", "DIR")), groups)


def _few_strangers(systems: list[Json]) -> list[str]:
    """The false positive identification rates for which there are too few strangers."""
    tables = [s["identification"].get("open_set", {"dir_at_fpir": {}}) for s in systems if "identification" in s]
    rates = [name for one in tables for name, value in one["dir_at_fpir"].items() if isinstance(value, str)]
    return list(dict.fromkeys(rates))


def _recall(systems: list[Json], found: dict[str, Detections], styles: dict[str, LineStyle]) -> dict[str, Plot | None]:
    """The plots of the discrete score, and of FDDB's continuous one; None without such a score."""
    metrics = {system["name"]: system["detection"] for system in systems if "detection" in system}
    matched = {name: detections for name, detections in found.items() if name in metrics}
    discrete = {name: one.roc(metrics[name]["faces"]) for name, one in matched.items()}
    continuous = {
        name: one.continuous_roc(metrics[name]["faces"])
        for name, one in matched.items()
        if "continuous_recall_at_fp" in metrics[name]
    }
    label = "Recall over the number of false positives"

    def plot(curves: dict[str, Any], score: str, name: str, label: str) -> Plot | None:
        if not curves:
            return None
        groups = alike(curves, logarithmic=True)
        figure = recall_figure(curves, widened(styles, groups), score)
        return Plot(inline_svg(figure, name, label, curve_numbers(curves, "false positives", score)), groups)

    return {
        "recall": plot(discrete, "recall", "recall", label),
        "continuous": plot(continuous, "continuous recall", "continuous", f"Continuous: {label}"),
    }


def _distinct(systems: list[Json], key: str) -> list[str]:
    """The distinct values of a key of the systems' detection metrics."""
    return list(dict.fromkeys(system["detection"][key] for system in systems if "detection" in system))


def _factors(systems: list[Json], styles: dict[str, LineStyle]) -> list[Markup]:
    names = list(dict.fromkeys(name for system in systems for name in system.get("factors", {})))
    shown = []
    for number, name in enumerate(names):
        levels = {s["name"]: s["factors"][name] for s in systems if name in s.get("factors", {})}
        courses = {
            system: (np.array([p["level"] for p in points]), np.array([p["accuracy"] for p in points]))
            for system, points in levels.items()
        }
        label = f"Accuracy over {factor_label(name)}"
        figure = factor_figure(name, levels, widened(styles, alike(courses)))
        shown.append(inline_svg(figure, f"factor-{number}", label, level_numbers(levels)))
    return shown


def _factor_pairs(systems: list[Json]) -> list[int]:
    """The distinct numbers of pairs that a point of the factors' curves rests on, ascending."""
    tables = [points for system in systems for points in system.get("factors", {}).values()]
    return sorted({point["pairs"] for points in tables for point in points})


CHIP_COLORS = ("#d1e9ff", "#d3f8df", "#fee4e2", "#fef0c7", "#ebe9fe", "#ccfbef", "#fce7f6", "#eaecf0")


def _crop_chips(systems: list[Json]) -> dict[str, str]:
    """A background colour for every crop hash: systems with one colour saw byte-identical crops."""
    hashes = dict.fromkeys(system["crops_sha256"] for system in systems if system.get("crops_sha256"))
    return {sha256: CHIP_COLORS[number % len(CHIP_COLORS)] for number, sha256 in enumerate(hashes)}


def _sample_tiles(run: RunFolder, found: dict[str, Detections], styles: dict[str, LineStyle]) -> list[Json]:
    """Every sample image with a tile for the annotation, if there is one, and one for each different detector."""
    shown = []
    for number, sample in enumerate(run.metrics.get("samples", [])):
        tiles: list[Json] = []
        if sample["truth"]:
            faces = [{"box": box, "score": None, "landmarks": None, "hit": True} for box in sample["truth"]]
            tiles.append({"names": ["annotation"], "colour": "#ffffff", "faces": faces, "false": 0})
        for name, faces in sample["detections"].items():
            hits = _hits(found.get(name), sample["image"], len(faces))
            marked = [{**face, "hit": hit} for face, hit in zip(faces, hits, strict=True)]
            alike = next((tile for tile in tiles if tile["faces"] == marked), None)
            if alike is None:  # systems with one detector share a tile
                colour = styles[name].color if name in styles else "#ffd60a"
                tiles.append({"names": [name], "colour": colour, "faces": marked, "false": hits.count(False)})
            else:
                alike["names"].append(name)
        shown.append({**sample, "id": f"sample-{number}", "source": run.image(sample["picture"]), "tiles": tiles})
    return shown


def _hits(found: Detections | None, image: str, count: int) -> list[bool]:
    """Which of an image's best detections are no false alarms; all are where no faces are annotated."""
    hits = [] if found is None else (found.hits | found.ignored)[found.images == image].tolist()
    return hits[:count] if len(hits) >= count else [True] * count


def _timing(systems: list[Json]) -> Json:
    """The plot of seconds by stage with its legend, and the rows of the table."""
    stages = [stage for stage in STAGE_COLORS if any(stage in system["timing"] for system in systems)]
    rows = [
        {
            "name": system["name"],
            "total": sum(part["seconds"] for part in system["timing"].values()),
            "stages": system["timing"],
        }
        for system in systems
    ]
    figure = timing_figure(
        {row["name"]: {name: row["stages"][name]["seconds"] for name in row["stages"]} for row in rows}
    )
    numbers = {
        row["name"]: {
            "stage": list(row["stages"]),
            "seconds": [part["seconds"] for part in row["stages"].values()],
            "a second": [part.get("per_second") for part in row["stages"].values()],
        }
        for row in rows
    }
    return {
        "stages": stages,
        "legend": [{"name": stage, "colour": STAGE_COLORS[stage], "dashes": ""} for stage in stages],
        "rows": rows,
        "plot": inline_svg(figure, "timing", "Seconds of each system, stage by stage", numbers),
    }


def _legend(systems: list[Json], styles: dict[str, LineStyle]) -> list[Json]:
    """The entries of the legend: every system with its colour, and dashes in units of the swatch."""
    return [
        {
            "name": system["name"],
            "track": system["track"],
            "colour": styles[system["name"]].color,
            "dashes": " ".join(f"{2 * length:g}" for length in DASHES.get(system["track"], ())),
        }
        for system in systems
    ]


#: In the order in which a face goes through them; the report has a column for each that some system has.
ORDER = ("detector", "aligner", "preprocessing", "encoder", "matcher", "identifier")


def _steps(stages: Json, name: str) -> list[Json]:
    """The plug-ins of one stage, each {"name", "settings"}: none, one, or for preprocessing maybe several."""
    stage = stages.get(name)
    return stage if isinstance(stage, list) else [] if stage is None else [stage]


def _stage_names(systems: list[Json]) -> list[str]:
    """The stages that some system has, and the four that every system could have."""
    always = ("detector", "aligner", "encoder", "matcher")
    return [name for name in ORDER if name in always or any(_steps(system["stages"], name) for system in systems)]


def _chain(stages: Json) -> str:
    """A system's stages as "mtcnn → five_point → projected (lbp_histogram → whitened_pca) → cosine"."""
    return " → ".join(_brief(step) for name in ORDER for step in _steps(stages, name))


def _setting(value: Any) -> str:
    """A setting as text; a plug-in inside another with its own settings in brackets."""
    if isinstance(value, dict) and "name" in value:
        inside = ", ".join(f"{key} = {_setting(inner)}" for key, inner in value.items() if key != "name")
        return f"{value['name']} ({inside})" if inside else str(value["name"])
    if isinstance(value, list):
        plugins = any(isinstance(item, dict) for item in value)
        return (" → " if plugins else ", ").join(_setting(item) for item in value)
    return str(value)


def _brief(plugin: Any) -> str:
    """A plug-in's name, with those of the plug-ins in its settings."""
    if isinstance(plugin, str):
        return plugin
    settings = plugin.get("settings", plugin)
    inside = [_brief(settings["base"])] if "base" in settings else []
    inside += [_brief(step) for step in settings.get("projections", [])]
    members = [_brief(member) for member in settings.get("members", [])]
    within = " + ".join(members) if members else " → ".join(inside)
    return f"{plugin['name']} ({within})" if within else str(plugin["name"])
