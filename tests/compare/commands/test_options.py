"""How words on the command line become settings."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from eigen2arc.compare.commands.options import (
    build_training_part,
    components,
    rooted,
    say_remarks,
    stage_settings,
    steps,
)
from eigen2arc.core.errors import UserError


def test_settings_by_stage() -> None:
    pairs = ["encoder.components=40", "aligner.zoom=0.7", "encoder.kind=bare word", "detector.box=[0, 0.1, 1, 1]"]
    assert stage_settings(pairs, ("encoder", "aligner", "detector")) == {
        "encoder": {"components": 40, "kind": "bare word"},
        "aligner": {"zoom": 0.7},
        "detector": {"box": [0, 0.1, 1, 1]},
    }


def test_a_plug_in_inside_another() -> None:
    pairs = [
        "encoder.base={name='lbp_histogram', grid = 8}",
        'encoder.projections=["square_root", {name = "lda", components = 2}]',
    ]
    assert stage_settings(pairs, ("encoder",))["encoder"] == {
        "base": {"name": "lbp_histogram", "grid": 8},
        "projections": ["square_root", {"name": "lda", "components": 2}],
    }


@pytest.mark.parametrize("pair", ["encoder.base={name=1", "encoder.base=[1, 2", "encoder.base={name=lbp}"])
def test_a_table_with_a_mistake_is_not_taken_for_a_word(pair: str) -> None:
    with pytest.raises(UserError, match="is not a list or table in TOML"):
        stage_settings([pair], ("encoder",))


@pytest.mark.parametrize("pair", ["encoder=3", "components=3", "matcher.x=3"])
def test_a_key_without_its_stage(pair: str) -> None:
    with pytest.raises(UserError, match=r"expected STAGE\.SETTING=VALUE with STAGE one of encoder, aligner"):
        stage_settings([pair], ("encoder", "aligner"))


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("", []),
        ("gamma", [{"name": "gamma"}]),
        ("gamma,tan_triggs", [{"name": "gamma"}, {"name": "tan_triggs"}]),
        ("gamma, tan_triggs", [{"name": "gamma"}, {"name": "tan_triggs"}]),
        ("[{name='gamma', gamma=0.2}, 'log']", [{"name": "gamma", "gamma": 0.2}, {"name": "log"}]),
    ],
)
def test_steps_in_a_row(text: str, tables: list[dict[str, object]]) -> None:
    assert [step.table() for step in steps(text)] == tables


@pytest.mark.parametrize("text", ["[3]", "[{gamma = 0.2}]", "[['gamma']]", "[{name = 4}]"])
def test_steps_without_a_name(text: str) -> None:
    with pytest.raises(UserError, match="expected a name, or a table"):
        steps(text)


def test_components_are_named_with_their_settings(tmp_path: Path) -> None:
    pairs = ["detector.min_size_px=30", "dataset.splits=3"]
    chosen = components(pairs, tmp_path, "cpu", detector="mtcnn", dataset="orl", aligner="box", encoder=None)
    assert {kind: one.table() for kind, one in chosen.items()} == {
        "detector": {"name": "mtcnn", "device": "cpu", "min_size_px": 30},
        "dataset": {"name": "orl", "splits": 3, "root": str(tmp_path)},
        "aligner": {"name": "box"},
    }
    with pytest.raises(UserError, match="--detector: detector mtcnn has no setting 'min_size': did you mean"):
        components(["detector.min_size=3"], detector="mtcnn")


def test_a_set_on_disk_is_read_from_the_data_root(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"orl is read from files: say where .*\n.*orl/s1/1.pgm"):
        build_training_part("orl", {}, None)
    with pytest.raises(UserError, match="elsewhere/orl: no such folder"):
        build_training_part("orl", {}, tmp_path / "elsewhere")
    with pytest.raises(UserError, match="own/orl: no such folder"):
        build_training_part("orl", {"root": tmp_path / "own"}, tmp_path / "elsewhere")
    assert len(build_training_part("synthetic", {"people": 2, "images_per_person": 1}, None).images) == 2


def test_sets_in_a_set_are_read_from_the_data_root_too() -> None:
    sets = [{"name": "orl"}, {"name": "lfw_net7", "root": "own"}, {"name": "scenes", "images": 3}]
    assert rooted("concat", {"sets": sets}, Path("data")) == {
        "sets": [{"name": "orl", "root": "data"}, {"name": "lfw_net7", "root": "own"}, *sets[2:]]
    }
    with pytest.raises(UserError, match="lfw_net7 is read from files: say where"):
        rooted("concat", {"sets": [{"name": "lfw_net7"}]}, None)
    assert rooted("concat", {"sets": ["scenes"]}, None) == {"sets": [{"name": "scenes"}]}
    assert rooted("concat", {"sets": 3}, None) == {"sets": 3}


def test_what_an_encoder_says_of_itself_is_no_part_of_the_answers(capsys: pytest.CaptureFixture[str]) -> None:
    say_remarks(SimpleNamespace(remarks="fed pixels 0..255"))
    say_remarks(object())
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "eigen2arc: encoder fed pixels 0..255\n")
