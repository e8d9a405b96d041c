"""`eigen2arc datasets`: what it prints, what it writes, when it fails."""

import csv
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from eigen2arc.compare.commands.datasets import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read
from eigen2arc.core.plugins import build, find, plugins
from eigen2arc.datasets.download.files import RemoteFile
from eigen2arc.datasets.readers import orl


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"EIGEN2ARC_DATA": None, "COLUMNS": "120"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for subject in (1, 2):
        (tmp_path / f"orl/s{subject}").mkdir(parents=True)
        for number in range(1, 11):
            Image.new("L", (4, 6), 10 * subject + number).save(tmp_path / f"orl/s{subject}/{number}.pgm")
    return tmp_path


def test_list(root: Path) -> None:
    table = call("list", "--data-root", root)
    assert table.exit_code == 0 and all(name in table.stdout for name in plugins("dataset"))
    rows = {row["name"]: row for row in json.loads(call("list", "--data-root", root, "--json").stdout)}
    assert list(rows) == list(plugins("dataset"))
    there = [rows[name]["there"] for name in ("orl", "lfw", "synthetic", "folder")]
    assert there == [True, False, None, None]


def test_info(root: Path) -> None:
    shown = json.loads(call("info", "orl", "--data-root", root, "--json", "--set", "dataset.train_per_person=4").stdout)
    assert (shown["people"], shown["images"], shown["folds"]) == (2, 20, {"0": 8, "1": 12})
    assert shown["version"] == orl.build(root=root).images.version
    assert shown["version"] in call("info", "orl", "--data-root", root).stdout
    assert "0: 10" in call("info", "orl", "--data-root", root).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("info", "orl"), "--data-root DIR or EIGEN2ARC_DATA"),
        (("fetch", "orl"), "--data-root DIR or EIGEN2ARC_DATA"),
        (("verify", "olr"), "did you mean 'orl'"),
        (("fetch", "folder"), "nothing to fetch. Expected:\nROOT/Ada"),
        (("fetch", "synthetic"), "nothing to fetch"),
        (("info", "orl", "--data-root", ".", "--set", "train=1"), "STAGE.SETTING=VALUE"),
        (("info", "orl", "--data-root", ".", "--set", "dataset.train=1"), "no setting 'train'"),
    ],
)
def test_a_mistake_is_a_user_error(arguments: tuple[str, ...], message: str) -> None:
    result = call(*arguments)
    assert isinstance(result.exception, UserError) and message in str(result.exception)


def test_verify_names_each_unreadable_image(root: Path) -> None:
    whole = call("verify", "orl", "--data-root", root)
    assert whole.exit_code == 0 and "20 of 20 images" in whole.stdout
    (root / "orl/s1/3.pgm").write_bytes(b"")
    (root / "orl/s2/7.pgm").write_bytes((root / "orl/s2/7.pgm").read_bytes()[:20])
    broken = call("verify", "orl", "--data-root", root)
    assert broken.exit_code == 2 and "18 of 20 images" in broken.stdout
    lines = [line for line in broken.stderr.splitlines() if ".pgm" in line]
    assert len(lines) == 2 and "s1/3.pgm: the file is empty" in lines[0] and "s2/7.pgm: is damaged" in lines[1]
    result = call("verify", "orl", "--data-root", root, "--json")
    assert result.exit_code == 2 and len(json.loads(result.stdout)["unreadable"]) == 2


def test_fetch_says_what_to_put_where(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orl, "FILES", (RemoteFile("att_faces.zip", "http://127.0.0.1:9/att_faces.zip"),))
    result = call("fetch", "orl", "--data-root", root)
    assert isinstance(result.exception, UserError)
    message = str(result.exception)
    assert "http://127.0.0.1:9/att_faces.zip: could not be fetched" in message and "orl/s1/1.pgm" in message


def test_synthesize_can_be_read_back(tmp_path: Path) -> None:
    out = tmp_path / "people"
    options = ("--people", 2, "--images-per-person", 2, "--seed", 3, "--size-px", 48)
    assert call("synthesize", out, *options).exit_code == 0
    with (out / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 and len({row["person"] for row in rows}) == 2
    drawn = build("dataset", "synthetic", people=2, images_per_person=2, seed=3, size_px=48)
    for i, row in enumerate(rows):
        assert np.array_equal(read(out / row["file"]), drawn.images[i])
        assert np.allclose([float(row[key]) for key in ("x1", "y1", "x2", "y2")], drawn.faces[i].boxes[0], atol=1e-3)
        assert set(drawn.factors) <= set(row)
    shown = json.loads(call("info", "folder", "--data-root", out, "--json").stdout)
    assert (shown["people"], shown["images"], shown["same"]) == (2, 4, 2)
    again = call("synthesize", out, *options)
    assert isinstance(again.exception, UserError) and "name a new one" in str(again.exception)


@pytest.mark.parametrize("name", ["lfw", "train_valid", "face_boxes"])
def test_without_a_data_root_a_set_shows_how_its_files_are_to_lie(name: str) -> None:
    layout = importlib.import_module(find("dataset", name).module).LAYOUT
    assert str(call("info", name).exception).endswith(f"Expected there:\n{layout}")
