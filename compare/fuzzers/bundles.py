"""Bundles of runs' figures: packed and signed, plain, and as files whose hashes somebody wrote anew after a change."""

import tempfile
from pathlib import Path

from eigen2arc.compare.bundles.keys import make_key, read_key
from eigen2arc.compare.bundles.manifest import MANIFEST, TABLES
from eigen2arc.compare.bundles.read import opened
from eigen2arc.compare.bundles.write import pack, write_bundle
from eigen2arc.compare.fuzzing.mutation import Files, write
from eigen2arc.compare.report.run_folder import RunFolder
from eigen2arc.compare.report.tables import annotated_faces, pairs_of, probes_of

from .reports import run_files


class Bundles:
    """A bundle, or the files of one, which are packed with hashes that fit before they are read."""

    def seeds(self) -> list[Files]:
        """Pack a small run, signed and not; its tables are the third."""
        files = {name: content for name, content in run_files().items() if not name.endswith(".jpg")}
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            run = write(files, folder / "run")
            make_key(folder / "key")
            write_bundle(run, folder / "plain")
            write_bundle(run, folder / "signed", read_key(folder / "key"))
            return [{"a.bundle": (folder / name).read_bytes()} for name in ("plain", "signed")] + [files]

    def read(self, folder: Path) -> object:
        """Verify the bundle of a folder, or of its files, and read every table of it."""
        bundle = folder / "a.bundle"
        if not bundle.exists():
            pack(folder, bundle)
        with opened(bundle) as found:
            inside = {path.name for path in found.folder.iterdir()}
            assert inside <= {*TABLES, MANIFEST}, inside
            run = RunFolder(found.folder)
            return [len(pairs_of(run)), len(probes_of(run)), len(annotated_faces(run))]


build = Bundles
