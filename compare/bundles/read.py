"""Reading a bundle that came from anywhere: nothing of it is believed before size, name, hash and key are checked."""

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eigen2arc.compare.report.run_folder import RunFolder
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import MAX_JSON_BYTES, atomic_write, read_json
from eigen2arc.datasets.download.archives import BoundedReads

from .keys import is_signed_by
from .manifest import MANIFEST, SIGNATURE, TABLES, Manifest
from .recompute import recompute

#: The largest file that is taken out of a bundle; twenty million scores take less.
MOST_BYTES = 2 << 30

#: What the manifest and the signature may take.
MOST_MANIFEST_BYTES = 1 << 16

#: How many times a file may be longer than what is stored of it: figures and names are packed ten times at most.
MOST_PACKED, ALWAYS_ALLOWED_BYTES = 200, 1 << 20

PIECE_BYTES = 1 << 20

ADVICE = "Ask for it again, where it came from"


@dataclass(frozen=True)
class Opened:
    """A bundle whose files are what its manifest says: a folder that holds them, until the block ends.

    recomputed : lines on which figures were computed again.
    """

    folder: Path
    manifest: Manifest
    recomputed: list[str]


@contextmanager
def opened(path: Path, public_key: str | None = None) -> Iterator[Opened]:
    """Unpack and verify a bundle into a folder that is there as long as the block.

    public_key : the line of the key that has to have signed it; None for any, or none. Raises UserError, which names
    the file, for a bundle that is damaged, was changed or made up, holds what does not belong into one, or is signed by
    nobody, or somebody else, where ``public_key`` is given.
    """
    with tempfile.TemporaryDirectory(prefix="eigen2arc-bundle-") as temporary:
        folder = Path(temporary)
        run = RunFolder(folder)
        try:
            with parsing(path, "is no bundle, or damaged", ADVICE):
                manifest = _unpack(path, folder, public_key)
            recomputed = recompute(run)
        except UserError as error:
            # The bundle's name for that of a folder that is gone when this is read.
            raise UserError(str(error).replace(run.again, ADVICE).replace(str(folder), str(path))) from None
        yield Opened(folder, manifest, recomputed)


def _unpack(path: Path, folder: Path, public_key: str | None) -> Manifest:
    with BoundedReads(path) as file, zipfile.ZipFile(file) as bundle:
        members = bundle.infolist()
        if len(members) > len(TABLES) + 2:
            raise UserError(f"{path}: refused, it holds more than the {len(TABLES) + 2} files that a bundle may")
        found: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            _check_member(path, member, found)
            found[member.filename] = member
        if MANIFEST not in found:
            raise UserError(f"{path}: is no bundle: it has no {MANIFEST}. `eigen2arc report bundle` makes them")
        content = bundle.read(found[MANIFEST])
        with atomic_write(folder / MANIFEST) as copy:
            copy.write(content)
        manifest = read_json(folder / MANIFEST, Manifest, "Was it written by another version?")
        signature = bundle.read(found[SIGNATURE]).decode("ascii").strip() if SIGNATURE in found else None
        _check_signature(path, manifest, content, signature, public_key)
        _check_files(path, manifest, set(found) - {MANIFEST, SIGNATURE})
        for name, stored in manifest.files.items():
            member = found[name]
            if member.file_size != stored.bytes or _copy(bundle, member, folder / name) != stored.sha256:
                raise UserError(f"{path}: {name} is not the file that was bundled: it was changed since")
        return manifest


def _check_member(path: Path, member: zipfile.ZipInfo, found: dict[str, zipfile.ZipInfo]) -> None:
    name = member.filename
    if name not in (MANIFEST, SIGNATURE, *TABLES):
        raise UserError(f"{path}: refused, {name[:60]!r} does not belong into a bundle")
    if name in found:
        raise UserError(f"{path}: refused, it holds {name} twice")
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UserError(f"{path}: refused, {name} is encrypted, or packed in a way that no bundle is")
    most = MOST_MANIFEST_BYTES if name in (MANIFEST, SIGNATURE) else MOST_BYTES
    most = min(most, MAX_JSON_BYTES) if name.endswith(".json") else most
    packed_most = ALWAYS_ALLOWED_BYTES + MOST_PACKED * member.compress_size
    if member.file_size > most or member.file_size > packed_most:
        raise UserError(f"{path}: refused, {name} would take {member.file_size:,} bytes: it is no table of a run")


def _check_signature(
    path: Path, manifest: Manifest, content: bytes, signature: str | None, public_key: str | None
) -> None:
    key = manifest.public_key
    if key is None and signature is not None:
        raise UserError(f"{path}: refused, it holds a signature, and its manifest names no key")
    if key is not None and (signature is None or not is_signed_by(key, signature, content)):
        raise UserError(f"{path}: refused, {MANIFEST} was changed: its signature is not that of the key it names")
    if public_key is not None and key is None:
        raise UserError(f"{path}: refused, nobody signed it, and it was to be signed by {public_key}")
    if public_key is not None and key != public_key:
        raise UserError(f"{path}: refused, it is signed by {key}, and was to be signed by {public_key}")


def _check_files(path: Path, manifest: Manifest, there: set[str]) -> None:
    for name in sorted(there ^ set(manifest.files)):
        what = "stands in the bundle and not in its manifest" if name in there else "is missing"
        raise UserError(f"{path}: refused, {name[:60]!r} {what}")
    if "metrics.json" not in there:
        raise UserError(f"{path}: refused, 'metrics.json' is missing")


def _copy(bundle: zipfile.ZipFile, member: zipfile.ZipInfo, out: Path) -> str:
    """Unpack a file, piece by piece and no more of it than its header says; returns its SHA-256."""
    sha256 = hashlib.sha256()
    with bundle.open(member) as source, atomic_write(out) as file:
        while piece := source.read(PIECE_BYTES):
            sha256.update(piece)
            file.write(piece)
    return sha256.hexdigest()
