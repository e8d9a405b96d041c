"""`eigen2arc bench`: what has no peer, or was left out, leaves its places empty."""

import json

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.cli import app
from eigen2arc.core import plugins

ROWS = [
    {"what": "eigenfaces", "unit": "images/s", "ours": 2600.0, "peer": 1300.0, "peer_name": "cv2", "ratio": 2.0},
    {"what": "lgbphs", "unit": "images/s", "ours": 306.4, "peer": None, "peer_name": "", "ratio": None},
    {"what": "onnx: left out", "unit": "", "ours": None, "peer": None, "peer_name": "", "ratio": None},
]


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "build", lambda kind, name: ROWS)
    monkeypatch.setenv("COLUMNS", "120")


def test_the_table_shows_what_there_is() -> None:
    done = CliRunner().invoke(app, ["bench", "encoders"])
    assert done.exit_code == 0, done.output
    _, *lines = [line.split() for line in done.output.splitlines()]
    assert lines == [
        ["eigenfaces", "images/s", "2,600", "1,300", "cv2", "2"],
        ["lgbphs", "images/s", "306"],
        ["onnx:", "left", "out"],
    ]


def test_json_says_null() -> None:
    done = CliRunner().invoke(app, ["bench", "encoders", "--json"])
    assert json.loads(done.stdout) == ROWS
