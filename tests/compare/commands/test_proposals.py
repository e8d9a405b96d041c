"""`eigen2arc classical proposals` on two small scenes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.classical import app
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset

SMALL = [
    "--set", "dataset.images=4", "--set", "dataset.width_px=160", "--set", "dataset.height_px=120",
    "--set", "dataset.largest_face_px=50", "--set", "dataset.most_faces=3",
]  # fmt: skip


def test_all_sources_beside_opencv(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["proposals", "--out", str(tmp_path), "--limit", "3", *SMALL])
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "metrics.json").read_text())
    assert list(document["sources"]) == [*plugins.plugins("proposal"), "OpenCV fast"]
    assert "3 of 4 images" in document["protocol"]
    for name, row in document["sources"].items():
        assert name in done.output
        recall = list(row["recall_at_iou_0.5"].values())
        assert recall == sorted(recall) and recall[0] >= 0 and recall[-1] <= 1
    assert (tmp_path / "proposals.svg").read_text().startswith("<?xml")


def test_json_for_scripts_is_the_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["proposals", "--out", str(tmp_path), "--limit", "2", "--json", *SMALL])
    assert json.loads(done.stdout) == json.loads((tmp_path / "metrics.json").read_text())


def test_a_set_without_boxes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = plugins.build("dataset", "scenes", images=2)
    bare = Dataset("scenes", scenes.images)
    monkeypatch.setattr(plugins, "build", lambda kind, *args, **settings: bare)
    done = CliRunner().invoke(app, ["proposals", "--out", str(tmp_path)])
    assert isinstance(done.exception, UserError)
    assert "scenes has no annotated boxes of faces: take scenes or fddb" in str(done.exception)


def test_a_set_on_disk_needs_a_root(tmp_path: Path) -> None:
    command = ["proposals", "--out", str(tmp_path), "--dataset", "fddb"]
    done = CliRunner().invoke(app, command, env={"EIGEN2ARC_DATA": None})
    assert isinstance(done.exception, UserError) and "--data-root" in str(done.exception)
