"""Fetching against a server of this test's own: complete and right, or not there at all."""

import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.fetching import fetch, fetch_set
from eigen2arc.datasets.download.files import RemoteFile

CONTENT = bytes(range(256)) * 9000  # more than two chunks


def tar_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    requests = 0

    def do_GET(self) -> None:
        Handler.requests += 1
        pages = {"/file": CONTENT, "/cut": CONTENT, "/set.tgz": tar_of(inner_tgz=tar_of(s1__1_txt=b"one"))}
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        if self.path not in pages:
            self.send_error(404)
            return
        body = pages[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + (10 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def test_a_file_arrives_whole_and_is_kept(server: str, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    remote = RemoteFile("a.bin", f"{server}/file", hashlib.sha256(CONTENT).hexdigest())
    path = fetch(remote, tmp_path / "set", progress=lambda *step: seen.append(step))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == ("a.bin", len(CONTENT), len(CONTENT)) and len(seen) > 1
    before = Handler.requests
    assert fetch(remote, tmp_path / "set") == path
    assert Handler.requests == before
    path.write_bytes(b"something else")
    fetch(remote, tmp_path / "set")
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("page", "sha256", "max_bytes", "reason"),
    [
        ("/file", "0" * 64, 1 << 30, "expected 0000"),
        ("/file", None, 1000, "more than the allowed 1,000 bytes"),
        ("/cut", None, 1 << 30, "could not be fetched"),
        ("/absent", None, 1 << 30, "Not Found"),
        ("/away", None, 1 << 30, "file:"),
    ],
)
def test_a_failure_is_named_and_leaves_nothing(
    server: str, tmp_path: Path, page: str, sha256: str | None, max_bytes: int, reason: str
) -> None:
    with pytest.raises(UserError, match=f"{page}: could not be fetched.*{reason}" if page != "/cut" else reason):
        fetch(RemoteFile("a.bin", server + page, sha256), tmp_path, max_bytes=max_bytes)
    assert list(tmp_path.iterdir()) == []


def test_only_http_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(UserError, match="only http and https"):
        fetch(RemoteFile("a.bin", (tmp_path / "secret").as_uri()), tmp_path / "out")


def test_a_set_is_fetched_as_far_as_it_answers(server: str, tmp_path: Path) -> None:
    files = (RemoteFile("gone.txt", f"{server}/gone"), RemoteFile("set.tgz", f"{server}/set.tgz"))
    with pytest.raises(UserError, match=rf"/gone: could not(.|\n)*by hand, below {tmp_path}:\norl/s1/1\.txt") as error:
        fetch_set(files, tmp_path / "orl", "orl/s1/1.txt")
    assert "set.tgz" not in str(error.value)
    assert (tmp_path / "orl/s1/1.txt").read_bytes() == b"one"  # the archive inside the archive, too
    fetch_set(files[1:], tmp_path / "orl", "")  # once more changes nothing
    assert sorted(path.name for path in (tmp_path / "orl").iterdir()) == ["inner.tgz", "s1", "set.tgz"]
