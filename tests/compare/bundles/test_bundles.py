"""Bundles: the same bytes for the same run, verified, and refused by name whatever was changed in them."""

import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eigen2arc.compare.bundles.keys import make_key, read_key, read_public
from eigen2arc.compare.bundles.manifest import Manifest, to_bytes
from eigen2arc.compare.bundles.read import opened
from eigen2arc.compare.bundles.rebuild import rebuild
from eigen2arc.compare.bundles.write import write_bundle
from eigen2arc.core.errors import UserError

MadeUp = Callable[..., Path]


@pytest.fixture
def bundle(made_up: MadeUp, tmp_path: Path) -> Path:
    write_bundle(made_up(), tmp_path / "a.bundle")
    return tmp_path / "a.bundle"


@pytest.fixture
def signed(made_up: MadeUp, tmp_path: Path) -> tuple[Path, str]:
    """A signed bundle, and the public key."""
    line = make_key(tmp_path / "key.pem")
    write_bundle(made_up(), tmp_path / "signed.bundle", read_key(tmp_path / "key.pem"))
    return tmp_path / "signed.bundle", line


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return path


def refused(path: Path, key: str | None = None) -> str:
    with pytest.raises(UserError) as error, opened(path, key):
        pass
    assert "/tmp/eigen2arc-bundle" not in str(error.value) and str(error.value).startswith(str(path))
    return str(error.value)


def with_manifest(files: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """The files with sizes and hashes as they are now, as whoever changed them would write them."""
    import hashlib

    manifest = json.loads(files["manifest.json"])
    for name in manifest["files"]:
        content = files[name]
        manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return {**files, "manifest.json": to_bytes(Manifest.model_validate(manifest))}


def one_digit(scores: bytes) -> bytes:
    """The table with the first digit of one score increased by one, so that an impostor passes or a genuine does."""
    lines = scores.split(b"\n")
    row = lines[1].split(b",")
    row[5] = re.sub(rb"[0-8]", lambda digit: b"%d" % (int(digit[0]) + 1), row[5], count=1)
    return b"\n".join([lines[0], b",".join(row), *lines[2:]])


def test_the_same_run_gives_the_same_bytes(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up()
    make_key(tmp_path / "key.pem")
    for key in (None, read_key(tmp_path / "key.pem")):
        for name in ("a", "b"):
            write_bundle(run, tmp_path / name, key)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_in_it_and_what_is_not(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up()
    (run / "notes.csv").write_text("mine")
    (run / "pictures").mkdir()
    (run / "pictures" / "x.jpg").write_bytes(b"a face")
    manifest = write_bundle(run, tmp_path / "a.bundle")
    names = ["metrics.json", "scores.csv", "answers.csv", "detections.csv", "images.csv"]
    assert list(files_of(tmp_path / "a.bundle")) == ["manifest.json", *names]
    assert manifest.public_key is None and manifest.images_left_out == 0
    for name in names:
        assert files_of(tmp_path / "a.bundle")[name] == (run / name).read_bytes()


def test_the_report_is_made_of_it_and_bundled_again_it_is_the_same(
    bundle: Path, tmp_path: Path, plots_not_drawn: None
) -> None:
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    with opened(bundle) as found:
        assert found.manifest.files and [line.partition(":")[0] for line in found.recomputed] == [
            "verification",
            "identification",
            "detection",
        ]
        page = rebuild(found, tmp_path / "again")
    html = page.read_text("utf-8")
    assert "Images were left out." in html and metrics["systems"][0]["name"] in html
    write_bundle(tmp_path / "again", tmp_path / "b.bundle")
    assert (tmp_path / "b.bundle").read_bytes() == bundle.read_bytes()
    with opened(bundle) as found, pytest.raises(UserError, match="holds a run already"):
        rebuild(found, tmp_path / "again")


def test_one_digit_of_a_score_is_refused_by_name(bundle: Path, tmp_path: Path) -> None:
    files = files_of(bundle)
    files["scores.csv"] = one_digit(files["scores.csv"])
    assert "scores.csv is not the file that was bundled" in refused(zipped(tmp_path / "b", files))
    # Whoever writes the hashes anew is found out by the figures, and whoever has a key's, by the signature.
    said = refused(zipped(tmp_path / "c", with_manifest(files, tmp_path)))
    assert "scores.csv: does not give what metrics.json says of 'The lbp': verification." in said


@pytest.mark.parametrize(
    ("name", "old", "new", "figure"),
    [
        ("answers.csv", b",1,", b",0,", "answers.csv: a probe is right where its person's rank is 1, and only there"),
        ("detections.csv", b",1,1,9,9,1,", b",1,1,9,9,0,", "detection."),
        ("images.csv", b"scene/0,4", b"scene/0,5", "detection.faces is 48 there, and 49 by the table"),
        ("metrics.json", b'"auc": 0.', b'"auc": 0.1', "verification.auc"),
        ("metrics.json", b'"rank1": 0.', b'"rank1": 0.1', "identification.rank1"),
    ],
)
def test_a_table_and_a_figure_that_do_not_go_together(
    bundle: Path, tmp_path: Path, name: str, old: bytes, new: bytes, figure: str
) -> None:
    files = files_of(bundle)
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)
    assert figure in refused(zipped(tmp_path / "b", with_manifest(files, tmp_path)))


def test_a_run_whose_tables_were_changed_is_not_bundled(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up()
    (run / "scores.csv").write_bytes(one_digit((run / "scores.csv").read_bytes()))
    with pytest.raises(UserError, match=r"scores\.csv: does not give what metrics\.json says"):
        write_bundle(run, tmp_path / "a.bundle")
    assert not (tmp_path / "a.bundle").exists()


def test_a_signature_holds_for_one_key_and_one_manifest(signed: tuple[Path, str], tmp_path: Path) -> None:
    path, line = signed
    with opened(path, line) as found:
        assert found.manifest.public_key == line
    with opened(path):
        pass
    other = make_key(tmp_path / "other.pem")
    assert f"signed by {line}, and was to be signed by {other}" in refused(path, other)
    files = files_of(path)
    files["scores.csv"] = one_digit(files["scores.csv"])
    assert "manifest.json was changed" in refused(zipped(tmp_path / "b", with_manifest(files, tmp_path)), line)
    assert "manifest.json was changed" in refused(zipped(tmp_path / "b", with_manifest(files, tmp_path)))
    without = {name: content for name, content in files_of(path).items() if name != "signature.txt"}
    assert "manifest.json was changed" in refused(zipped(tmp_path / "c", without), line)
    manifest = json.loads(without["manifest.json"]) | {"public_key": None}
    without["manifest.json"] = json.dumps(manifest).encode()
    assert "nobody signed it" in refused(zipped(tmp_path / "d", without), line)
    with opened(tmp_path / "d"):
        pass  # whoever asks for no key is told that nobody signed it
    without["signature.txt"] = files["signature.txt"]
    assert "holds a signature, and its manifest names no key" in refused(zipped(tmp_path / "e", without))


def test_the_signature_is_that_of_openssl(signed: tuple[Path, str], tmp_path: Path) -> None:
    import base64

    files = files_of(signed[0])
    (tmp_path / "content").write_bytes(b"eigen2arc bundle 1\n" + files["manifest.json"])
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", tmp_path / "key.pem", "-in", tmp_path / "content"]
    try:
        made = subprocess.run(command, capture_output=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl that signs so")
    assert base64.b64decode(files["signature.txt"]) == made


def test_keys(tmp_path: Path) -> None:
    line = make_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"ed25519:[A-Za-z0-9+/]{43}=", line)
    with pytest.raises(UserError, match="is already there"):
        make_key(tmp_path / "key.pem")
    (tmp_path / "public.txt").write_text(f"{line}\n")
    assert read_public(line) == read_public(str(tmp_path / "public.txt")) == line
    with pytest.raises(UserError, match="is no public key"):
        read_public("ed25519:AAAA")
    with pytest.raises(UserError, match="cannot be read"):
        read_public("absent.txt")
    (tmp_path / "rsa.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(UserError, match=r"rsa\.pem: holds no private key"):
        read_key(tmp_path / "rsa.pem")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../out.csv", "'../out.csv' does not belong into a bundle"),
        ("/etc/passwd", "does not belong into a bundle"),
        ("pictures/0.jpg", "does not belong into a bundle"),
        ("scores.csv/", "does not belong into a bundle"),
        ("x" * 9000, "does not belong into a bundle"),
    ],
)
def test_names_that_no_bundle_has(bundle: Path, tmp_path: Path, name: str, problem: str) -> None:
    said = refused(zipped(tmp_path / "b", {**files_of(bundle), name: b"x"}))
    assert problem in said and len(said) < 300
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bundle", "b", "run"]


def test_what_is_missing_or_there_twice(bundle: Path, tmp_path: Path) -> None:
    files = files_of(bundle)
    less = {name: content for name, content in files.items() if name != "answers.csv"}
    assert "'answers.csv' is missing" in refused(zipped(tmp_path / "b", less))
    manifest = json.loads(files["manifest.json"])
    del manifest["files"]["answers.csv"]
    more = {**files, "manifest.json": json.dumps(manifest).encode()}
    assert "'answers.csv' stands in the bundle and not in its manifest" in refused(zipped(tmp_path / "c", more))
    path = zipped(tmp_path / "d", files)
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as again:
        again.writestr("scores.csv", b"x")
    assert "holds scores.csv twice" in refused(path)
    assert "has no manifest.json" in refused(zipped(tmp_path / "e", {"scores.csv": b""}))


def test_a_bomb_is_refused_before_it_is_unpacked(bundle: Path, tmp_path: Path) -> None:
    files = files_of(bundle)
    bomb = zipped(tmp_path / "b", {**files, "scores.csv": bytes(40 << 20)})
    assert bomb.stat().st_size < 1 << 17
    assert "scores.csv would take 41,943,040 bytes: it is no table of a run" in refused(bomb)
    # One whose header lies is read no further than the header says, and is not what was bundled.
    raw = bytearray(zipped(tmp_path / "c", {**files, "images.csv": bytes(1 << 20)}).read_bytes())
    at = raw.rindex(b"images.csv") - 46
    raw[at + 24 : at + 28] = len(files["images.csv"]).to_bytes(4, "little")
    (tmp_path / "c").write_bytes(raw)
    assert "images.csv" in refused(tmp_path / "c") or "damaged" in refused(tmp_path / "c")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b").write_bytes(content)
    refused(tmp_path / "b")
