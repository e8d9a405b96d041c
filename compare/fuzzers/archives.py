"""Archives: zips and tars of downloaded sets, plain and compressed in every way that zipfile and tarfile know."""

import io
import tarfile
import zipfile
from pathlib import Path

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.datasets.download.archives import unpack

CONTENT = {"set/Ada/1.jpg": b"an image" * 40, "set/Ada/2.jpg": b"another one", "set/list.txt": b"Ada 1 2\n" * 100}


#: More than a hundred characters: every form of tar writes such a name in its own way.
LONG = f"set/{'long' * 20}/{'name' * 20}.txt"


class Archives:
    """One archive a folder, unpacked beside itself."""

    def seeds(self) -> list[Files]:
        """Pack the same three files in every way."""
        zips = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        return [
            *({"set.zip": _zip(method)} for method in zips),
            *({"set.tar": _tar("w", form)} for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)),
            *({"set.tgz": _tar(mode, tarfile.USTAR_FORMAT)} for mode in ("w:gz", "w:bz2", "w:xz")),
        ]

    def read(self, folder: Path) -> object:
        """Unpack the archive of a folder and read what came out."""
        (archive,) = folder.iterdir()
        found = unpack(archive, folder / "out", max_bytes=1 << 20)
        inside = [path for entry in found for path in (entry, *entry.rglob("*"))]
        assert all(path.resolve().is_relative_to((folder / "out").resolve()) for path in inside), inside
        return [path.read_bytes() for path in inside if path.is_file()]


def _zip(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as bundle:
        for name, content in CONTENT.items():
            bundle.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def _tar(mode: str, form: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, format=form) as bundle:  # type: ignore[call-overload]
        for name, content in {**CONTENT, LONG: b""}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            bundle.addfile(member, io.BytesIO(content))
    return file.getvalue()


build = Archives
