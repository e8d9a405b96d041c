"""OUT/clusters.html of `eigen2arc cluster`, from clusters.json and the cuts of its faces alone."""

from pathlib import Path

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import read_json, write_text

from .clusters import clusters_context
from .render import environment
from .run_folder import RunFolder
from .schema import ClustersFile

#: What the page is made from.
CLUSTERS = "clusters.json"


def render(folder: Path) -> Path:
    """Write clusters.html next to clusters.json and return its path. The same files give the same bytes.

    Raises UserError if the folder holds no finished clusters.
    """
    path, again = Path(folder) / CLUSTERS, f"Make it again: eigen2arc cluster FOLDER --out {folder}"
    if not path.exists():
        raise UserError(f"{folder} holds no finished clusters: it has no {CLUSTERS}. {again}")
    found = read_json(path, ClustersFile, again).model_dump(exclude_unset=True)
    with parsing(path, "does not hold what cluster writes", again):
        clusters = clusters_context(found, RunFolder(Path(folder)).image)
        title = f"The people in {Path(found['folder']).name or found['folder']}"
        page = environment().get_template("clusters_page.html").render(title=title, found=found, clusters=clusters)
    made = Path(folder) / "clusters.html"
    write_text(made, page)
    return made
