"""OUT/report.html of `eigen2arc datasets overlap`, from overlap.json and its images alone."""

from pathlib import Path

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import read_json, write_text

from .guards import guard_context
from .render import environment
from .run_folder import RunFolder
from .schema import OverlapFile

#: What the page is made from.
OVERLAP = "overlap.json"


def render(folder: Path) -> Path:
    """Write report.html next to overlap.json and return its path. The same file gives the same bytes.

    Raises UserError if the folder holds no finished overlap.
    """
    path, again = Path(folder) / OVERLAP, f"Make it again: eigen2arc datasets overlap TRAINING TEST --out {folder}"
    if not path.exists():
        raise UserError(f"{folder} holds no finished overlap: it has no {OVERLAP}. {again}")
    found = read_json(path, OverlapFile, again).model_dump(exclude_unset=True)
    with parsing(path, "does not hold what an overlap does", again):
        title = f"Overlap of {found['training']['name']} and {found['test']['name']}"
        guard = guard_context(found, RunFolder(Path(folder)).image)
        page = environment().get_template("overlap.html").render(title=title, found=found, guard=guard)
    made = Path(folder) / "report.html"
    write_text(made, page)
    return made
