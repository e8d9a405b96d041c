"""OUT/check.html of `eigen2arc datasets check`, from check.json and its images alone."""

from pathlib import Path

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import read_json, write_text

from .photos import photos_context
from .render import environment
from .run_folder import RunFolder
from .schema import PhotosFile

#: What the page is made from.
CHECK = "check.json"


def render(folder: Path) -> Path:
    """Write check.html next to check.json and return its path. The same file gives the same bytes.

    Raises UserError if the folder holds no finished check.
    """
    path, again = Path(folder) / CHECK, f"Make it again: eigen2arc datasets check FOLDER --out {folder}"
    if not path.exists():
        raise UserError(f"{folder} holds no finished check: it has no {CHECK}. {again}")
    found = read_json(path, PhotosFile, again).model_dump(exclude_unset=True)
    with parsing(path, "does not hold what a check does", again):
        photos = photos_context(found, RunFolder(Path(folder)).image)
        title = f"Check of {found['folder']}"
        page = environment().get_template("photos_page.html").render(title=title, found=found, photos=photos)
    made = Path(folder) / "check.html"
    write_text(made, page)
    return made
