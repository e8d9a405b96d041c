"""Whatever a command writes, that it cannot be written is a line on stderr before any work begins."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from eigen2arc.compare import cli
from eigen2arc.core.outputs import output_folder

#: What a command needs besides its output, none of which is there: it must not get so far as to look.
NEEDED = {
    "folder": "absent",
    "name": "mtcnn",
    "training": "absent",
    "test": "absent",
    "threshold_deg": "60",
    "weights": "absent.safetensors",
    "model": "absent",
    "file": "absent.pt",
    "source": "absent.json",
    "images": "absent.jpg",
    "run": "absent",
    "run_dir": "absent",
    "first": "absent",
    "second": "absent",
    "positives": "absent",
    "backgrounds": "absent",
    "photos": "absent",
    "gallery": "absent",
}

OUTPUTS = ("out", "draw", "target")


def commands(group: object, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


APP = typer.main.get_command(cli.app)

WRITING = [
    pytest.param(words, command, id=" ".join(words))
    for words, command in commands(APP)
    if any(one.name in OUTPUTS for one in command.params)
]


def typed(words: tuple[str, ...], command: object, out: Path) -> list[str]:
    """The command with what it needs, its output given first."""
    given = list(words)
    options = [one for one in command.params if one.param_type_name == "option"]
    for one in sorted(options, key=lambda one: one.name not in OUTPUTS):
        if one.name in OUTPUTS:
            given += [one.opts[0], str(out)]
        elif one.required:
            given += [one.opts[0], NEEDED[one.name]]
    for one in command.params:
        if one.param_type_name == "argument" and (one.required or one.name in OUTPUTS):
            given.append(str(out) if one.name in OUTPUTS else NEEDED[one.name])
    return given


@pytest.fixture
def stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[tuple[list[str], list[str]]]:
    """Words that are run in an empty folder; lists of them, and of the lines on stderr, of what exits with 2."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "app", APP)  # else all commands are made anew for each

    def run(words: list[str]) -> str:
        monkeypatch.setattr(sys, "argv", ["eigen2arc", *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, errors = capsys.readouterr()
        assert (stop.value.code, out) == (2, "") and errors.count("\n") == 1, errors
        return errors

    return run


def test_every_command_that_writes_is_here() -> None:
    assert len(WRITING) >= 20


@pytest.mark.parametrize(("words", "command"), WRITING)
def test_an_output_that_cannot_be_is_refused_before_any_work(words, command, stopped, tmp_path: Path) -> None:
    (tmp_path / "file.png").write_text("a file")
    bad = {
        "file.png/inside.png": "Not a directory",
        "new/" + "n" * 300 + ".png": "File name too long",
        "/dev/full": "/dev/full: ",
        "/proc/new.png": "/proc/new.png: no file can be made there",
    }
    for out, problem in bad.items():
        errors = stopped(typed(words, command, Path(out)))
        assert errors.startswith("eigen2arc: ") and problem in errors
        if out == "/dev/full":
            wants_folder = "/dev/full: Not a directory: expected a folder" in errors
            assert wants_folder != ("/dev/full: is a device or pipe, not a file" in errors)
    assert [path.name for path in tmp_path.iterdir()] == ["file.png"]
    (tmp_path / "folder.png").mkdir()
    errors = stopped(typed(words, command, Path("file.png" if wants_folder else "folder.png")))
    assert ("file.png: Not a directory" if wants_folder else "folder.png: Is a directory: expected a file") in errors


def test_what_a_wrong_word_ended_leaves_no_folder(stopped, tmp_path: Path) -> None:
    for words in (["--out", "a/b", "absent"], ["demo", "--out", "a/b", "--limit", "x"], ["--out", "a/b", "--what"]):
        stopped(["compare", *words])
    assert not list(tmp_path.iterdir())


def test_two_processes_do_not_write_into_one_folder(stopped, tmp_path: Path) -> None:
    with output_folder(tmp_path / "run"):
        for words in (["compare", "demo"], ["deep", "train", "encoder"], ["datasets", "pack", "synthetic"]):
            assert "run: another process is writing into it" in stopped([*words, "--out", "run"])
    assert not list(tmp_path.iterdir())


def test_a_folder_is_held_until_its_process_ends_however_it_does(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom eigen2arc.core.outputs import output_folder\n"
        "with output_folder(sys.argv[1]) as out:\n"
        "    if not os.fork(): time.sleep(30)\n"  # a child that outlives its parent holds nothing
        "    (out / 'begun').touch(); time.sleep(30)\n"
    )
    out = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-c", code, out], start_new_session=True)
    try:
        while not (out / "begun").exists():
            assert process.poll() is None
            time.sleep(0.01)
        with pytest.raises(ValueError, match="another process is writing"), output_folder(out):
            pass
        process.kill()
        process.wait()
        with output_folder(out):
            pass
        assert [path.name for path in out.iterdir()] == ["begun"]
    finally:
        os.killpg(process.pid, 9)
