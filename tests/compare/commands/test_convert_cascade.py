"""`eigen2arc classical convert` there and back."""

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.classical import app
from eigen2arc.core.errors import UserError


def test_there_and_back(tmp_path: Path) -> None:
    first, xml, second = tmp_path / "a.json", tmp_path / "b.xml", tmp_path / "c.JSON"
    for source, target in (("haarcascade_eye.xml", first), (first, xml), (xml, second)):
        done = CliRunner().invoke(app, ["convert", str(source), str(target)])
        assert done.exit_code == 0, done.output
        assert done.output.endswith("24 stages of 1066 trees, a window of 20 x 20 pixels\n")
    a, c = (json.loads(path.read_text()) for path in (first, second))
    assert a.pop("about")["source"] == "haarcascade_eye.xml"
    assert c.pop("about")["source"] == "b.xml"
    assert a == c
    assert cv2.CascadeClassifier(str(xml)).getOriginalWindowSize() == (20, 20)


def test_what_is_neither(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text("{}")
    for source, target, message in (
        ("haarcascade_eye.xml", "out.yaml", r"out.yaml: a cascade is written as .json or .xml, not as .yaml"),
        ("haarcascade_eye.xml", "out", "not as a file without suffix"),
        (str(tmp_path / "some.json"), "out.xml", r"some.json: not a cascade"),
        ("nothing.xml", "out.json", "nothing.xml: no such cascade"),
    ):
        with pytest.raises(UserError, match=message):
            CliRunner().invoke(app, ["convert", source, str(tmp_path / target)], catch_exceptions=False)
    assert [path.name for path in tmp_path.iterdir()] == ["some.json"]
