"""OUT/report.html of `eigen2arc datasets overlap`, from overlap.json and its images alone."""

from collections.abc import Callable

from eigen2arc.core.files import Json

from .guards import guard_context
from .json_page import JsonPage
from .schema import OverlapFile

#: What the page is made from.
OVERLAP = "overlap.json"


def _context(found: Json, image: Callable[[str], str]) -> Json:
    title = f"Overlap of {found['training']['name']} and {found['test']['name']}"
    return {"title": title, "guard": guard_context(found, image)}


render = JsonPage(
    OVERLAP, OverlapFile, "overlap", "eigen2arc datasets overlap TRAINING TEST", "overlap.html", "report.html", _context
).render
