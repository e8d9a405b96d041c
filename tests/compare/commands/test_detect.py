"""`eigen2arc detect` on what people feed it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.compare.cli import main
from eigen2arc.core import plugins
from eigen2arc.core.image import read, write

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def eigen2arc(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    code = "from eigen2arc.compare.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One face, images of odd kinds that can be read, and files that cannot."""
    folder = tmp_path_factory.mktemp("pictures")
    faces = plugins.build("dataset", "synthetic", people=1, images_per_person=1, seed=1, difficulty=0.0)
    write(folder / "face.png", faces.images[0])
    picture = Image.fromarray(PICTURE)
    picture.convert("CMYK").save(folder / "cmyk.jpg")
    picture.convert("P").save(folder / "palette.png")
    picture.save(folder / "animated.gif", save_all=True, append_images=[picture.rotate(180)])
    Image.fromarray(PICTURE[..., 0].astype(np.uint16) * 257).save(folder / "16bit.png")
    Image.new("RGB", (1, 1)).save(folder / "1x1.png")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("not a picture at all")
    whole = (folder / "cmyk.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    return folder


def test_the_others_are_still_processed(folder: Path) -> None:
    (folder / "nothing").mkdir()
    paths = (folder, folder / "nothing", folder / "missing.png")
    done = eigen2arc("detect", *paths, "--detector", "viola_jones", "--json")
    assert done.returncode == 2
    found = {Path(row["image"]).name: row["faces"] for row in json.loads(done.stdout)}
    assert set(found) == {"face.png", "cmyk.jpg", "palette.png", "animated.gif", "16bit.png", "1x1.png"}
    assert len(found["face.png"]) == 1 and found["1x1.png"] == []
    lines = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr
    for name, problem in [
        ("empty.jpg", "the file is empty"),
        ("text.jpg", "is not an image"),
        ("truncated.jpg", "is damaged"),
        ("animated.gif", "the first of its 2 frames is used"),
        ("nothing", "the folder holds no images"),
        ("missing.png", "no such file or folder"),
    ]:
        assert sum(name in line and problem in line for line in lines) == 1
    assert len(lines) == 6


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The same in this process, which need not load everything again: exit code, output and what goes to stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["eigen2arc", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0), *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["detect", "nowhere.jpg"], "nowhere.jpg: no such file or folder"),
        (["detect", "{folder}", "--detector", "mtcn"], "no detector is called 'mtcn': did you mean 'mtcnn'"),
        (["detect", "{folder}", "--detector", "viola_jones", "--set", "detector.min_size=3"], "no setting 'min_size'"),
        (["detect", "{folder}", "--set", "min_size=3"], "expected STAGE.SETTING=VALUE"),
        (["detect"], "Missing argument"),
        (["detct"], "No such command 'detct'"),
        (["compare", "dmo"], "no suite is called 'dmo'"),
        (["compare", "lfw"], "say where with --data-root or EIGEN2ARC_DATA"),
        (["list", "detectr"], "there is no kind 'detectr'"),
        (["report", "{folder}"], "metrics.json"),
        (["bench", "nothing"], "no benchmark is called 'nothing'"),
        (["verify", "{folder}/face.png", "{folder}/empty.jpg"], "the file is empty"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    folder: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    here: Callable[..., tuple[int, str, str]],
) -> None:
    monkeypatch.delenv("EIGEN2ARC_DATA", raising=False)
    code, out, errors = here(*[a.format(folder=folder) for a in arguments])
    assert (code, out) == (2, "")
    assert message in errors
    assert errors.startswith("eigen2arc: ") and len(errors.strip().splitlines()) == 1


def test_a_mistake_ends_the_command_itself(tmp_path: Path) -> None:
    done = eigen2arc("detect", tmp_path)
    assert done.returncode == 2 and "the folder holds no images" in done.stderr and "Traceback" not in done.stderr


def test_a_cut_video_says_what_is_missing_and_a_broken_one_costs_no_other(
    tmp_path: Path,
    write_video: Callable[..., Path],
    here: Callable[..., tuple[int, str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = write_video(tmp_path / "in/b.avi", [PICTURE] * 8).read_bytes()
    (tmp_path / "in/b.avi").write_bytes(whole[: len(whole) * 6 // 10])
    (tmp_path / "in/a.mp4").write_bytes(b"no video")
    code, out, errors = here("detect", tmp_path / "in", "--detector", "viola_jones")
    frames = [line for line in out.splitlines() if "b.avi frame" in line]
    assert 2 < len(frames) < 7
    assert f"b.avi: {len(frames)} of 8 frames could be read" in caplog.text
    assert code == 2 and "a.mp4: cannot be read as a video" in errors


def test_faces_are_drawn_into_copies(folder: Path, tmp_path: Path, here: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = here("detect", folder / "face.png", "--detector", "viola_jones", "--draw", tmp_path / "out")
    assert code == 0 and "face.png: 1 face" in out
    drawn = np.asarray(Image.open(tmp_path / "out" / "face.png")).astype(int)
    original = np.asarray(Image.open(folder / "face.png"))
    assert np.abs(drawn - original).max() > 100


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_copies_take_nothing_the_place(
    tmp_path: Path, here: Callable[..., tuple[int, str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """Not that of an image that was read, of one with the same stem, or of a file of the user's."""
    photos, drawn = tmp_path / "photos", tmp_path / "photos" / "drawn"
    for i, name in enumerate(["a.jpg", "a.png", "sub/a.jpg", "b.BMP", "c.webp"]):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PICTURE[i:]).save(photos / name)
    before = contents(photos)
    detect = "detect", photos, "--detector", "viola_jones", "--draw"
    code, out, errors = here(*detect, photos)
    assert (code, out) == (2, "") and "a.jpg would be written over" in errors and contents(photos) == before
    for left_out in ("", "drawn: left out: 5 images drawn before"):
        code, _, _ = here(*detect, drawn)
        assert code == 0 and left_out in caplog.text
        made = contents(drawn)
        assert sorted(made) == ["a.jpg", "a.png", "b.BMP.png", "c.webp", "sub/a.jpg"]
        assert {name: data for name, data in contents(photos).items() if not name.startswith("drawn/")} == before
    sizes = {name: read(drawn / name).shape[0] for name in made}
    assert sizes == {"a.jpg": 60, "a.png": 59, "sub/a.jpg": 58, "b.BMP.png": 57, "c.webp": 56}
    (drawn / "a.png").write_bytes(before["a.png"])
    code, out, errors = here(*detect, drawn)
    assert (code, out) == (2, "") and "a.png would be written over" in errors
    assert contents(drawn) == made | {"a.png": before["a.png"]}


def test_copies_of_several_folders_lie_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Callable[..., tuple[int, str, str]]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x/a.jpg", "y/a.jpg"):
        write(tmp_path / name, PICTURE)
    code, _, _ = here("detect", "x", "y/a.jpg", "--detector", "viola_jones", "--draw", "out")
    assert code == 0 and sorted(contents(tmp_path / "out")) == ["x/a.jpg", "y/a.jpg"]


def test_names_stay_one_line_whatever_is_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Callable[..., tuple[int, str, str]]
) -> None:
    for name in (b"a\nb.png", b"\x1b[2J.png", b"\xff.png", "\N{RIGHT-TO-LEFT OVERRIDE}.png".encode()):
        write(tmp_path / os.fsdecode(name), PICTURE)
    (tmp_path / "c\rd.png").write_text("no image")
    monkeypatch.chdir(tmp_path)
    code, out, errors = here("detect", ".", "--detector", "viola_jones", "--draw", "out")
    assert code == 2 and errors.startswith(r"eigen2arc: c\rd.png: is not an image of a known format")
    assert errors.count("\n") == 1
    assert sorted(out.splitlines()) == [rf"{n}.png: no faces" for n in (r"\u202e", r"\x1b[2J", r"\xff", r"a\nb")]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_consoles_of_other_encodings(encoding: str, tmp_path: Path) -> None:
    write(tmp_path / "\u9f8d\u00fc.png", PICTURE)
    (tmp_path / "\u9f8d.jpg").touch()
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    code = "from eigen2arc.compare.cli import main; main()"
    words = [sys.executable, "-c", code, "detect", tmp_path, "--detector", "viola_jones"]
    done = subprocess.run(words, capture_output=True, env=environment)
    out, errors = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert done.returncode == 2 and errors.count("\n") == 1 and ".jpg: the file is empty" in errors
    shown = "\u9f8d\u00fc" if encoding == "utf-8" else r"\u9f8d\xfc" if encoding == "ascii" else "\\u9f8d\u00fc"
    assert f"{shown}.png: no faces\n" in out
