"""RUN/report.html: everything that a run found, on one page that opens from disk with no network."""

from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eigen2arc.core.files import write_text
from eigen2arc.core.types import Scores

from . import evidence, stages
from .curves import cmc_figure, det_figure, recall_figure, roc_figure
from .overview import MEANINGS, beside, headline, settings_learned, table
from .panels import distribution_figure, factor_figure, readable
from .run_folder import Detections, RunFolder
from .style import Look, looks
from .svg import inline

TASKS = ("verification", "identification", "detection")


def render(run_dir: Path) -> Path:
    """Write report.html into a run's folder and return its path. The same folder gives the same bytes.

    Raises UserError if the folder is not a finished run.
    """
    run = RunFolder(run_dir)
    page = environment().get_template("report.html").render(_context(run))
    path = run.folder / "report.html"
    write_text(path, page)
    return path


def environment() -> Environment:
    """Where templates are found, and what they may call; strict about names that do not exist."""
    made = Environment(
        loader=PackageLoader("eigen2arc.compare.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"seconds": seconds, "figures": figures}
    made.filters |= {"chain": stages.chain, "setting": stages.setting, "steps": stages.steps}
    return made


def seconds(value: float) -> str:
    """Seconds with three digits, or fewer where they would be noise."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def figures(value: float) -> str:
    """A score with about three figures and no exponent."""
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


def _context(run: RunFolder) -> dict[str, Any]:
    metrics = run.metrics
    systems = metrics["systems"]
    look = looks(systems)
    scores = {name: scores for name, scores in run.scores().items() if name in look}
    found = {name: detections for name, detections in run.detections().items() if name in look}
    columns, rows = table(systems)
    return {
        "run": metrics,
        "title": metrics["title"],
        "headline": headline(systems),
        "columns": columns,
        "groups": Counter(column.task for column in columns),
        "rows": rows,
        "too_few": _too_few(systems),
        "settings_learned": settings_learned(systems),
        "meanings": MEANINGS,
        "intervals": _intervals(systems),
        "beside": beside(systems),
        "chips": evidence.crop_chips(systems),
        "legend": evidence.tracks(systems, look),
        "verification_curves": _verification_curves(scores, look),
        "distributions": _distributions(systems, scores, look),
        "cmc": _cmc(systems, look),
        **_recall(systems, found, look),
        "regions": _said(systems, "regions"),
        "scales": _said(systems, "test_scale"),
        "factors": _factors(systems, look),
        "samples": evidence.samples(run, found, look),
        "errors": evidence.errors(run),
        "timing": evidence.timing(systems),
        "stage_names": stages.names(systems),
    }


def _too_few(systems: list[dict[str, Any]]) -> list[str]:
    """The false match rates that some system's impostor pairs are too few for."""
    tables = [system["verification"]["fnmr_at_fmr"] for system in systems if "verification" in system]
    return list(dict.fromkeys(rate for rates in tables for rate, value in rates.items() if isinstance(value, str)))


def _intervals(systems: list[dict[str, Any]]) -> set[str]:
    """The kinds of interval that stand beside some system's rank-1."""
    tables = [system["identification"] for system in systems if "identification" in system]
    return {table["interval"]["method"] for table in tables if "interval" in table}


def _verification_curves(scores: dict[str, Scores], look: dict[str, Look]) -> dict[str, Markup]:
    if not scores:
        return {}
    return {
        "roc": inline(roc_figure(scores, look), "roc", "ROC curves: true match rate over false match rate"),
        "det": inline(det_figure(scores, look), "det", "DET curves: false non-match rate over false match rate"),
    }


def _distributions(
    systems: list[dict[str, Any]], scores: dict[str, Scores], look: dict[str, Look]
) -> list[tuple[str, Markup]]:
    shown = []
    for number, system in enumerate(systems):
        name = system["name"]
        if name in scores and "verification" in system:
            figure = distribution_figure(scores[name], system["verification"]["threshold"]["mean"], look[name])
            label = f"{name}: histograms of genuine and impostor scores"
            shown.append((name, inline(figure, f"scores-{number}", label)))
    return shown


def _cmc(systems: list[dict[str, Any]], look: dict[str, Look]) -> Markup | None:
    curves = {system["name"]: system["identification"]["cmc"] for system in systems if "identification" in system}
    label = "CMC curves: share of probes with the right person among the first k"
    return inline(cmc_figure(curves, look), "cmc", label) if curves else None


def _recall(
    systems: list[dict[str, Any]], found: dict[str, Detections], look: dict[str, Look]
) -> dict[str, Markup | None]:
    """The figures of the discrete score, and of FDDB's continuous one; None without such a score."""
    figures = {system["name"]: system["detection"] for system in systems if "detection" in system}
    judged = {name: detections for name, detections in found.items() if name in figures}
    discrete = {name: one.roc(figures[name]["faces"]) for name, one in judged.items()}
    continuous = {
        name: one.continuous_roc(figures[name]["faces"])
        for name, one in judged.items()
        if "continuous_recall_at_fp" in figures[name]
    }
    label = "Recall over the number of false positives"
    return {
        "recall": inline(recall_figure(discrete, look), "recall", label) if discrete else None,
        "continuous": inline(recall_figure(continuous, look, "continuous recall"), "continuous", f"Continuous: {label}")
        if continuous
        else None,
    }


def _said(systems: list[dict[str, Any]], key: str) -> list[str]:
    """What the systems' detection figures say of themselves, each once."""
    return list(dict.fromkeys(system["detection"][key] for system in systems if "detection" in system))


def _factors(systems: list[dict[str, Any]], look: dict[str, Look]) -> list[Markup]:
    names = list(dict.fromkeys(name for system in systems for name in system.get("factors", {})))
    shown = []
    for number, name in enumerate(names):
        levels = {s["name"]: s["factors"][name] for s in systems if name in s.get("factors", {})}
        label = f"Accuracy over {readable(name)}"
        shown.append(inline(factor_figure(name, levels, look), f"factor-{number}", label))
    return shown
