"""`eigen2arc list`, in process: a file beside the others of its kind is there, and nothing is imported to say so."""

import json
import sys
from pathlib import Path

import pytest

from eigen2arc.compare.commands.listing import listing
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

TOY = '"""A toy."""\n\n\ndef build(*, size_px: int = 3) -> int:\n    """Build it."""\n    return size_px\n'


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_a_new_file_is_a_new_member_of_its_kind(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = f"toys_of_kind_{kind}.room"
    folder = tmp_path / package.replace(".", "/")
    folder.mkdir(parents=True)
    (folder / "toy.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.KINDS, kind, (*plugins.KINDS[kind], package))
    listing(kind, json=True)
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["toy"]["summary"] == "A toy." and rows["toy"]["settings"] == ["size_px"] and len(rows) > 1
    assert f"{package}.toy" not in sys.modules
    assert plugins.build(kind, "toy", size_px=5) == 5


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(UserError, match="there is no kind 'detektor': choose one of dataset, detector"):
        listing("detektor")


def test_a_name_lists_what_can_be_set(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listing("aligner", "five_point")
    summary, blank, header, *lines = capsys.readouterr().out.splitlines()
    assert summary.startswith("Five points") and not blank and max(map(len, lines)) <= 80
    assert header.split()[:3] == ["setting", "default", "accepts"]
    assert lines[0].split()[:2] == ["size_px", "112"]
    said = " ".join("\n".join(lines).split())
    assert "in pixels" in said and "side of" in said


def test_names_are_said_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    listing("detector", "mtcnn", json=True)
    rows = {row.pop("name"): row for row in json.loads(capsys.readouterr().out)}
    assert rows["min_size_px"] == {
        "default": 20,
        "required": False,
        "unit": "pixels",
        "accepts": "a number from 12 to 100000",
        "meaning": "the smallest face's side",
    }
    assert rows["thresholds"]["default"] == [0.6, 0.7, 0.7]


def test_what_has_no_settings_of_its_own_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    listing("matcher", "cosine")
    assert "It has no settings." in capsys.readouterr().out
    listing("trainer", "mtcnn")
    assert "see `deep train detector --help`" in capsys.readouterr().out
    with pytest.raises(UserError, match="a suite is a file"):
        listing("suite", "lfw")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="no loss is called 'arcfce': did you mean 'arcface'"):
        listing("loss", "arcfce")
