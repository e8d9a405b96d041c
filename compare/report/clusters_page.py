"""OUT/clusters.html of `eigen2arc cluster`, from clusters.json and the cuts of its faces alone."""

from collections.abc import Callable
from pathlib import Path

from eigen2arc.core.files import Json

from .clusters import clusters_context
from .json_page import JsonPage
from .schema import ClustersFile

#: What the page is made from.
CLUSTERS = "clusters.json"


def _context(found: Json, image: Callable[[str], str]) -> Json:
    title = f"The people in {Path(found['folder']).name or found['folder']}"
    return {"title": title, "clusters": clusters_context(found, image)}


render = JsonPage(
    CLUSTERS, ClustersFile, "clusters", "eigen2arc cluster FOLDER", "clusters_page.html", "clusters.html", _context
).render
