"""Writing a bundle: a zip whose bytes are a function of the run alone, with its manifest, and maybe a signature."""

import shutil
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eigen2arc.compare.report.run_folder import RunFolder
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write

from .keys import public_line, sign
from .manifest import FORMAT, MANIFEST, SIGNATURE, TABLES, Manifest, pictures_named, stored, to_bytes
from .recompute import recompute

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: The first date that a zip knows; times would make two bundles of one run differ.
DATE = (1980, 1, 1, 0, 0, 0)


def write_bundle(run_dir: Path, out: Path, key: "Ed25519PrivateKey | None" = None) -> Manifest:
    """Write a run's figures and tables, without images, into the file ``out`` and return the manifest.

    key : signs it. The same run and key give the same bytes, with one version of zlib. Raises UserError where the
    folder is no finished run, or its tables do not give the figures of its metrics.json: nobody could verify it.
    """
    run = RunFolder(run_dir)
    recompute(run)
    return pack(run.folder, out, key, images_left_out=len(pictures_named(run.metrics)))


def pack(folder: Path, out: Path, key: "Ed25519PrivateKey | None" = None, images_left_out: int = 0) -> Manifest:
    """Pack those of TABLES that a folder has, whatever is in them; see write_bundle."""
    paths = {name: folder / name for name in TABLES if (folder / name).exists()}
    manifest = Manifest(
        format=FORMAT,
        eigen2arc=version("eigen2arc"),
        files={name: stored(path) for name, path in paths.items()},
        images_left_out=images_left_out,
        public_key=None if key is None else public_line(key),
    )
    content = to_bytes(manifest)
    with atomic_write(out) as file, zipfile.ZipFile(file, "w") as bundle:
        bundle.writestr(_member(MANIFEST), content)
        if key is not None:
            bundle.writestr(_member(SIGNATURE), sign(key, content) + "\n")
        for name, path in paths.items():
            with path.open("rb") as source, bundle.open(_member(name), "w", force_zip64=True) as member:
                shutil.copyfileobj(source, member)
            if stored(path) != manifest.files[name]:
                raise UserError(f"{path}: has changed while it was bundled: wait until the run is done")
    return manifest


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system, member.external_attr = 3, 0o644 << 16
    return member
