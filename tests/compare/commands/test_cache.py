"""`eigen2arc cache` on made artefacts: what it counts, what it deletes, and what it leaves alone."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress
from typer.testing import CliRunner

from eigen2arc.compare.cli import app
from eigen2arc.core import artefacts
from eigen2arc.core.artefacts import Store, digest
from eigen2arc.core.errors import UserError

DAY_S = 86400


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs: three chunks of faces and a score in "lfw", a model in "paper/orl"; and files that are no artefacts."""
    monkeypatch.setattr(artefacts, "CHUNK", 4)
    lfw, orl = Store(tmp_path / "lfw/artefacts"), Store(tmp_path / "paper/orl/artefacts")
    lfw.rows(f"faces-{digest(1)}", 10, lambda chunk: {"x": np.zeros(len(chunk))}, Progress(disable=True), "faces")
    lfw.arrays(f"scores-chi_square-{digest(2)}", lambda: {"x": np.zeros(3)})
    orl.arrays(f"model-{digest(3)}", lambda: {"x": np.zeros(1000)})
    np.savez(tmp_path / "lfw/my-own.npz", x=np.zeros(1))
    (tmp_path / "lfw/metrics.json").write_text("{}")
    return tmp_path


def call(*arguments: str, answer: str | None = None) -> str:
    done = CliRunner().invoke(app, ["cache", *arguments], input=answer)
    if isinstance(done.exception, UserError):
        raise done.exception
    assert done.exit_code == (1 if answer == "n\n" else 0), done.output
    return done.stdout


def left(runs: Path) -> set[str]:
    return {path.relative_to(runs).as_posix() for path in runs.rglob("*") if path.is_file()}


def age(path: Path, days: float) -> None:
    then = time.time() - days * DAY_S
    os.utime(path, (then, then))


def test_kinds_are_counted_by_folder(runs: Path) -> None:
    rows = json.loads(call(str(runs), "--json"))
    assert [(Path(row["folder"]).relative_to(runs).as_posix(), row["kind"], row["artefacts"]) for row in rows] == [
        ("lfw/artefacts", "faces", 3),
        ("lfw/artefacts", "scores", 1),
        ("paper/orl/artefacts", "model", 1),
    ]
    assert rows[2]["bytes"] == sum(path.stat().st_size for path in runs.rglob("model-*"))
    assert [row["kind"] for row in json.loads(call(str(runs), "--json", "--suite", "paper/orl"))] == ["model"]
    assert "5 artefacts" in call(str(runs)) and len(left(runs)) == 7


def test_only_what_is_chosen_is_deleted(runs: Path) -> None:
    before = left(runs)
    assert call(str(runs), "--clear", "--older-than", "2d", "--yes") and left(runs) == before
    old = next(runs.rglob("scores-*"))
    age(old, 3)
    call(str(runs), "--clear", "--older-than", "2d", "--yes")
    assert before - left(runs) == {old.relative_to(runs).as_posix()}
    call(str(runs), "--clear", "--suite", "lfw", "--yes")
    assert left(runs) == {f"paper/orl/artefacts/model-{digest(3)}.npz", "lfw/my-own.npz", "lfw/metrics.json"}
    assert not list((runs / "lfw/artefacts").iterdir())


def test_it_asks_first(runs: Path) -> None:
    before = left(runs)
    call(str(runs), "--clear", answer="n\n")
    assert left(runs) == before
    call(str(runs), "--clear", answer="y\n")
    assert left(runs) == {"lfw/my-own.npz", "lfw/metrics.json"}


def test_what_a_killed_process_left_is_found_and_what_is_being_written_is_not(runs: Path) -> None:
    chunk = next(runs.rglob("0000004.npz"))
    parts = [chunk.with_name(f".{chunk.name}.{word}.part") for word in ("old", "new")]
    for part in parts:
        part.write_bytes(b"half")
    age(parts[0], 0.1)
    call(str(runs), "--clear", "--yes")
    assert not parts[0].exists() and parts[1].exists()


def test_the_crops_of_a_training_are_artefacts(tmp_path: Path) -> None:
    for name in (f"crops-{digest(1)}.npy", f".crops-{digest(2)}.npy.word.part", "crops.npy"):
        (tmp_path / name).write_bytes(b"crops")
        age(tmp_path / name, 1)
    rows = json.loads(call(str(tmp_path), "--json"))
    assert [(row["kind"], row["bytes"]) for row in rows] == [("crops", 5), ("unfinished", 5)]
    call(str(tmp_path), "--clear", "--yes")
    assert left(tmp_path) == {"crops.npy"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--suite", "nothing"), "nothing: there is no such folder"),
        (("--older-than", "30"), "--older-than 30: expected a number and h, d or w"),
    ],
)
def test_mistakes_are_named(runs: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        call(str(runs), *arguments)
