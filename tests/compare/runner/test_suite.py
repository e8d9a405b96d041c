import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eigen2arc.compare.runner import suite
from eigen2arc.compare.runner.suite import Published
from eigen2arc.core.component import Component
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

NAMED = """
[identification]
dataset = "orl"
[[systems]]
name = "svm"
detector = "fixed_box"
aligner = "box"
preprocessing = ["log", { name = "gamma", gamma = 0.5 }]
encoder = "lbp_histogram"
identifier = { name = "linear_svm", c = 2.0 }
published = { figure = "error", value = 0.05, source = "a table", differs = "other images" }
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    (tmp_path / "small.toml").write_text(SMALL)
    return str(tmp_path / "small.toml")


def test_a_suite_is_read_as_written(small: str) -> None:
    loaded = suite.load(small, paths={"weights": "W"})
    assert (loaded.name, loaded.title) == ("small", "Small")
    assert loaded.policy == ("annotation", "central")
    assert suite.load(small, ["on_missing=skip", "choose=best"]).policy == ("skip", "best")
    assert loaded.fit == Component("dataset", "synthetic", {"seed": 3})
    assert loaded.tasks == {"verification": Component("dataset", "synthetic", {"people": 8})}
    system = loaded.systems[0]
    assert system.aligner == Component("aligner", "eyes", {"size_px": 64})
    assert system.encoder == Component("encoder", "onnx", {"model": "W/a.onnx"})
    assert system.needs == ("W/a.onnx",) and system.matcher is None


def test_preprocessing_identifier_labels_and_published_are_read(tmp_path: Path) -> None:
    (tmp_path / "named.toml").write_text(NAMED)
    (system,) = suite.load(str(tmp_path / "named.toml")).systems
    assert system.preprocessing == (
        Component("preprocessing", "log"),
        Component("preprocessing", "gamma", {"gamma": 0.5}),
    )
    assert system.identifier == Component("identifier", "linear_svm", {"c": 2.0})
    assert system.labels == "identities" and system.matcher is None
    assert system.published == Published("error", 0.05, "a table", "other images")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("labels=names", "labels = 'names': expected one of identities, pairs, none"),
        ("labels=none", "an identifier learns who is who, which labels = 'none' does not allow"),
        ("preprocessing=log", "expected a list of steps, got 'log'"),
        ("preprocessing=[3]", "preprocessing: expected a name, or a table"),
        ("published=0.05", "expected a table with figure, value, source, differs"),
        ("published.extra=1", "expected a table with figure, value, source, differs"),
        ("published.figure=rank2", "figure = 'rank2': expected one of accuracy, rank1, error"),
        ("published.figure=accuracy", r"compared with a published accuracy it needs \[verification\]"),
        ("published.value=5", "value = 5: expected a share from 0 to 1"),
        ("published.value=true", "value = True: expected a share"),
        ("published.source=''", "source and differs are to be words"),
    ],
)
def test_what_a_system_may_say_is_checked(tmp_path: Path, change: str, message: str) -> None:
    (tmp_path / "named.toml").write_text(NAMED)
    with pytest.raises(UserError, match=message):
        suite.load(str(tmp_path / "named.toml"), [f"systems.svm.{change}"])


def test_an_identifier_needs_a_gallery(tmp_path: Path) -> None:
    (tmp_path / "named.toml").write_text(NAMED.replace("[identification]", "[verification]"))
    with pytest.raises(UserError, match=r"the suite has no \[identification\]"):
        suite.load(str(tmp_path / "named.toml"))


def test_suites_in_folders_are_known_by_their_path() -> None:
    assert {"demo", "paper/belhumeur1997", "paper/ahonen2006", "paper/lfw-classical"} <= set(suite.names())
    assert suite.load("paper/belhumeur1997").name == "paper/belhumeur1997"
    with pytest.raises(UserError, match="'belhumeur1997': did you mean 'paper/belhumeur1997'"):
        suite.load("belhumeur1997")


def test_settings_can_be_changed_one_by_one(small: str) -> None:
    changes = [
        "verification.people=4",
        "systems.lbp.aligner.size_px=96",
        "systems.0.encoder.model=b.onnx",
        "title=Mine",
    ]
    loaded = suite.load(small, changes)
    assert loaded.tasks["verification"].settings["people"] == 4
    assert loaded.systems[0].aligner == Component("aligner", "eyes", {"size_px": 96})
    assert loaded.systems[0].encoder == Component("encoder", "onnx", {"model": "b.onnx"})
    assert loaded.title == "Mine"
    # A bare name is a table without settings.
    loaded = suite.load(small, ["systems.lbp.detector.min_size_px=30"])
    assert loaded.systems[0].detector == Component("detector", "viola_jones", {"min_size_px": 30})


def test_a_system_without_an_id_is_called_after_its_name(tmp_path: Path) -> None:
    (tmp_path / "named.toml").write_text(NAMED.replace('"svm"', '"RetinaFace, mobilenet0.25"'))
    loaded = suite.load(str(tmp_path / "named.toml"), ["systems.retinaface-mobilenet0-25.labels=identities"])
    assert loaded.systems[0].id == "retinaface-mobilenet0-25"


def test_names_that_give_no_id_or_another_s_are_numbered(tmp_path: Path) -> None:
    system = "[[systems]]\nname = '{}'\ndetector = 'mtcnn'\n"
    names = ("LBP", "LBP+", "\u4eba", "\u8138")
    (tmp_path / "x.toml").write_text("[detection]\ndataset = 'fddb'\n" + "".join(map(system.format, names)), "utf-8")
    assert [one.id for one in suite.load(str(tmp_path / "x.toml")).systems] == ["lbp", "lbp-1", "system-2", "system-3"]


@pytest.mark.parametrize("systems", ["systems = [3]", "[[systems]]\nname = 3\ndetector = 'mtcnn'"])
def test_systems_of_another_kind_are_one_clear_line(tmp_path: Path, systems: str) -> None:
    (tmp_path / "x.toml").write_text(f"{systems}\n[detection]\ndataset = 'fddb'\n")
    with pytest.raises(UserError, match="expected a table, got 3|needs a name and a detector"):
        suite.load(str(tmp_path / "x.toml"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("people", "expected KEY=VALUE"),
        ("verfication.people=3", "there is no 'verfication' in suite .*did you mean 'verification'"),
        ("systems.lbq.needs=x", "there is no 'lbq'"),
        ("systems.lbp.id='a b'", "id = 'a b': expected letters, digits"),
        ("surprise=1", "unknown key 'surprise'"),
        ("systems.lbp.speed=1", "unknown key 'speed'"),
        ("systems.lbp.needs=[1]", r"needs = \[1\]: expected text, or a list of texts"),
        ("systems.lbp.needs=''", "needs = '': expected text, or a list of texts"),
        ("verification=3", "expected a name, or a table"),
        ("systems=1", "needs at least one"),
        (
            "on_missing=anotation",
            "on_missing = 'anotation': did you mean 'annotation'",
        ),
        ("choose=biggest", "choose = 'biggest': .*expected one of central, largest, best, annotated"),
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
        ("[detection]\ndataset='x'\n" + "[[systems]]\nname='a'\ndetector='mtcnn'\n" * 2, "systems have the name 'a'"),
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
    parts += [("preprocessing", step) for s in loaded.systems for step in s.preprocessing]
    for kind, choice in parts:
        assert set(choice.settings) <= set(find(kind, choice.name).settings), (kind, choice)


VERIFIED = {"verification": {"accuracy": {"mean": 0.9}}}
IDENTIFIED = {"identification": {"rank1": 0.8}}


@pytest.mark.parametrize(
    ("metric", "metrics", "ours"),
    [
        ("accuracy", VERIFIED | IDENTIFIED, 0.9),
        ("rank1", VERIFIED | IDENTIFIED, 0.8),
        ("error", IDENTIFIED, 0.2),
        ("error", VERIFIED, 0.1),
        ("error", VERIFIED | IDENTIFIED, 0.2),
    ],
)
def test_ours_is_the_same_kind_of_metric(metric: str, metrics: dict, ours: float) -> None:
    both = Published(metric, 0.25, "where", "why").compare(metrics)
    assert both["ours"] == pytest.approx(ours)
    assert both["difference"] == pytest.approx(ours - 0.25)
    assert (both["figure"], both["published"], both["source"], both["differs"]) == (
        metric,
        0.25,
        "where",
        "why",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_suite_is_read_as_editors_save_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(SMALL.replace("Small", "Größe").replace("\n", "\r\n").encode(encoding))
    assert suite.load(str(path)).title == "Größe"


def test_a_suite_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(SMALL.replace("Small", "Größe").encode("latin-1"))
    with pytest.raises(UserError, match=r"small.toml:2: is not UTF-8"):
        suite.load(str(path))


def test_suites_with_values_of_other_kinds_are_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, mutations: Callable[[Any], Iterator[Any]]
) -> None:
    document = {
        "title": "T",
        "on_missing": "skip",
        "verification": {"dataset": "synthetic", "people": 4},
        "systems": [
            {
                "name": "LBP",
                "id": "lbp",
                "detector": "fixed_box",
                "aligner": "box",
                "encoder": {"name": "lbp_histogram", "radius_px": 2},
                "preprocessing": ["gamma"],
                "labels": "none",
                "outside_data": "none",
                "needs": ["package: numpy"],
                "published": {"figure": "accuracy", "value": 0.9, "source": "s", "differs": "d"},
            }
        ],
    }
    refused = 0
    for changed in mutations(document):
        monkeypatch.setattr(suite, "parse_toml", lambda *_, changed=changed: copy.deepcopy(changed))
        try:
            suite.load("demo")
        except UserError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) < 900
    assert refused > 100
