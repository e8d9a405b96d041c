"""What the machine refuses reaches the user as one line, whatever command met it."""

import errno
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from eigen2arc.compare import cli
from eigen2arc.core import plugins
from eigen2arc.core.image import write


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs/a"), "runs/a: No space left on device: free some", 2),
        (OSError(errno.EACCES, os.strerror(errno.EACCES), b"priv\xff"), r"priv\xff: Permission denied: take ano", 2),
        (OSError(errno.ENAMETOOLONG, "File name too long", Path("x")), "x: File name too long\n", 2),
        (OSError("no number and no name"), "no number and no name\n", 2),
        (MemoryError(), "there is not enough memory for this", 1),
    ],
    ids=["full", "private", "long", "bare", "memory"],
)
def test_a_refusal_is_one_line(
    error: Exception,
    line: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refused(*_: object, **more: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", refused)
    monkeypatch.setattr(sys, "argv", ["eigen2arc", "list"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    printed = capsys.readouterr().err
    assert stop.value.code == code and printed.startswith(f"eigen2arc: {line}") and printed.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_for_the_output() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "eigen2arc.compare.cli", "list", "encoder"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "No space left on device" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_run_on_names_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People and images whose names are no text, no line or a command, and a console of Western Europe."""
    people = plugins.build("dataset", "synthetic", people=3, images_per_person=2, seed=1)
    for i, person in enumerate((b"A\xffda", b"Gr\nace\x1b[31m", "\u9f8d <b>&".encode())):
        for j in range(2):
            write(tmp_path / "set" / os.fsdecode(person) / os.fsdecode(b"%d\xfe\n.png" % j), people.images[2 * i + j])
    system = 'name = "[/] \u9f8d"\ndetector = "fixed_box"\naligner = "eyes"\nencoder = "lbp_histogram"\n'
    suite = f'title = "Names"\n[verification]\ndataset = "folder"\nroot = "{tmp_path}/set"\n[[systems]]\n{system}'
    (tmp_path / "names.toml").write_text(suite, "utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    command = [sys.executable, "-m", "eigen2arc.compare.cli", "compare", tmp_path / "names.toml", "--device", "cpu"]
    done = subprocess.run([*command, "--out", tmp_path / "out"], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert rb"[/] \u9f8d" in done.stdout and b"\x1b" not in done.stdout
    scores = (tmp_path / "out" / "scores.csv").read_text("utf-8")
    assert r"0\xfe" in scores and r"A\xffda/1\xfe" in scores and (tmp_path / "out" / "report.html").exists()


def test_a_tilde_is_the_home_folder_in_every_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EIGEN2ARC_DATA", "~/data")
    for words, message in [
        (["detect", "~/a.jpg"], "{home}/a.jpg: no such file"),
        (["cache", "~/runs"], "{home}/runs: there is no such folder"),
        (["datasets", "info", "orl"], "{home}/data/orl: no such folder"),
        (["datasets", "info", "orl", "--data-root=~/other"], "{home}/other/orl: no such folder"),
        (["datasets", "info", "folder", "--set", "dataset.root=~/set"], "{home}/set: no such folder"),
    ]:
        monkeypatch.setattr(sys, "argv", ["eigen2arc", *words])
        with pytest.raises(SystemExit):
            cli.main()
        assert capsys.readouterr().err.startswith(f"eigen2arc: {message.format(home=tmp_path)}")


@pytest.mark.parametrize(("words", "logged"), [([], ["WARNING"]), (["-q"], []), (["-v"], ["WARNING", "INFO"])])
def test_how_much_is_said(
    words: list[str],
    logged: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/.DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(
        sys, "argv", ["eigen2arc", *words, "datasets", "info", "folder", "--set", f"dataset.root={tmp_path}"]
    )
    try:
        with pytest.raises(SystemExit):
            cli.main()
    finally:
        cli.set_verbosity(False, 0)
    assert sorted(record.levelname for record in caplog.records) == sorted(logged)


@pytest.mark.parametrize("words", [["--version"], ["-h"], ["list", "-h"]])
def test_what_every_program_answers(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["eigen2arc", *words])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert said == f"eigen2arc {version('eigen2arc')}\n" if words == ["--version"] else "Usage: eigen2arc" in said
