"""OUT/check.html of `eigen2arc datasets check`, from check.json and its images alone."""

from collections.abc import Callable

from eigen2arc.core.files import Json

from .json_page import JsonPage
from .photos import photos_context
from .schema import PhotosFile

#: What the page is made from.
CHECK = "check.json"


def _context(found: Json, image: Callable[[str], str]) -> Json:
    return {"title": f"Check of {found['folder']}", "photos": photos_context(found, image)}


render = JsonPage(
    CHECK, PhotosFile, "check", "eigen2arc datasets check FOLDER", "photos_page.html", "check.html", _context
).render
