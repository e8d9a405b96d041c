"""A report made of a bundle: the folder of a run again, without its images."""

from pathlib import Path

from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.run_folder import BUNDLED
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import keep_copy

from .manifest import MANIFEST
from .read import Opened


def rebuild(found: Opened, out: Path) -> Path:
    """Put a bundle's files into a folder, the manifest as bundle.json, and return the path of the page made of them.

    Raises UserError where the folder holds a run already.
    """
    if (out / "metrics.json").exists():
        raise UserError(f"{out}: holds a run already, which would be written over: take another folder")
    out.mkdir(parents=True, exist_ok=True)
    for name in (MANIFEST, *found.manifest.files):
        keep_copy(found.folder / name, out / (BUNDLED if name == MANIFEST else name))
    return render(out)
