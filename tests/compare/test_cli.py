"""What the machine refuses reaches the user as one line, whatever command met it."""

import errno
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from eigen2arc.compare import cli


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs/a"), "runs/a: No space left on device: free some", 2),
        (OSError(errno.EACCES, os.strerror(errno.EACCES), b"priv\xff"), r"priv\udcff: Permission denied: take ano", 2),
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
    def refused(standalone_mode: bool) -> None:
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
