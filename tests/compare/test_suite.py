from pathlib import Path

import pytest

from eigen2arc.compare import suite
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import find

SMALL = """
title = "Small"
[fit]
dataset = "synthetic"
seed = 3
[verification]
dataset = "synthetic"
people = 8
[[systems]]
name = "lbp"
detector = "viola_jones"
aligner = { name = "eyes", size_px = 64 }
encoder = { name = "onnx", model = "{weights}/a.onnx" }
needs = "{weights}/a.onnx"
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    (tmp_path / "small.toml").write_text(SMALL)
    return str(tmp_path / "small.toml")


def test_a_suite_is_read_as_written(small: str) -> None:
    loaded = suite.load(small, paths={"weights": "W"})
    assert (loaded.name, loaded.title) == ("small", "Small")
    assert loaded.fit == suite.Choice("synthetic", {"seed": 3})
    assert loaded.tasks == {"verification": suite.Choice("synthetic", {"people": 8})}
    system = loaded.systems[0]
    assert system.aligner == suite.Choice("eyes", {"size_px": 64})
    assert system.encoder == suite.Choice("onnx", {"model": "W/a.onnx"})
    assert system.needs == "W/a.onnx" and system.matcher is None


def test_settings_can_be_changed_one_by_one(small: str) -> None:
    changes = [
        "verification.people=4",
        "systems.lbp.aligner.size_px=96",
        "systems.0.encoder.model=b.onnx",
        "title=Mine",
    ]
    loaded = suite.load(small, changes)
    assert loaded.tasks["verification"].settings["people"] == 4
    assert loaded.systems[0].aligner == suite.Choice("eyes", {"size_px": 96})
    assert loaded.systems[0].encoder == suite.Choice("onnx", {"model": "b.onnx"})
    assert loaded.title == "Mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("people", "expected KEY=VALUE"),
        ("verfication.people=3", "there is no 'verfication' in this suite"),
        ("systems.lbq.needs=x", "there is no 'lbq'"),
        ("systems.lbp.detector.eyes=x", "holds no settings"),
        ("surprise=1", "unknown key 'surprise'"),
        ("systems.lbp.speed=1", "unknown key 'speed'"),
        ("verification=3", "expected a name, or a table"),
        ("systems=1", "needs at least one"),
    ],
)
def test_a_wrong_change_is_one_clear_line(small: str, change: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        suite.load(small, [change])


def test_wrong_suites_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no suite is called 'dmo': did you mean 'demo'\? there are demo"):
        suite.load("dmo")
    (tmp_path / "x.toml").write_text("title = ")
    with pytest.raises(UserError, match="is not TOML"):
        suite.load(str(tmp_path / "x.toml"))
    for text, message in [
        ("title='x'\n[[systems]]\nname='a'\ndetector='mtcnn'", "needs one of"),
        ("[detection]\ndataset='fddb'\n[[systems]]\nname='a'", "needs a name and a detector"),
        ("[verification]\ndataset='lfw'\n[[systems]]\nname='a'\ndetector='mtcnn'", "needs an aligner and an encoder"),
        ("[detection]\ndataset='x'\n" + "[[systems]]\nname='a'\ndetector='mtcnn'\n" * 2, "two systems are called 'a'"),
    ]:
        (tmp_path / "x.toml").write_text(text)
        with pytest.raises(UserError, match=message):
            suite.load(str(tmp_path / "x.toml"))


@pytest.mark.parametrize("name", suite.names())
def test_suites_of_the_package_name_what_exists(name: str) -> None:
    loaded = suite.load(name, paths={"data_root": "D", "weights": "W"})
    assert loaded.title and loaded.description
    parts = [("dataset", choice) for choice in [*loaded.tasks.values(), loaded.fit] if choice]
    parts += [(kind, getattr(s, kind)) for s in loaded.systems for kind in suite.STAGES if getattr(s, kind)]
    for kind, choice in parts:
        assert set(choice.settings) <= set(find(kind, choice.name).settings), (kind, choice)
