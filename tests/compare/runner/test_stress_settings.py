"""What [stress] and --stress may say, and what they may not."""

from pathlib import Path

import pytest

from eigen2arc.compare.runner.stress_settings import StressSettings
from eigen2arc.compare.runner.suite import load
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import plugins

SUITE = """
[{task}]
dataset = "synthetic"
{stress}
[[systems]]
name = "LBP"
detector = "fixed_box"
aligner = "box"
encoder = "lbp_histogram"
"""


def suite(folder: Path, stress: str = "", task: str = "verification") -> str:
    (folder / "mine.toml").write_text(SUITE.format(stress=stress, task=task))
    return str(folder / "mine.toml")


def names(settings: StressSettings | None) -> list[str]:
    assert settings is not None
    return [stress.name for stress in settings.stresses]


def test_a_suite_without_it_is_not_stressed(tmp_path: Path) -> None:
    assert load(suite(tmp_path)).stress is None
    for name in ("demo", "lfw"):
        assert load(name).stress is None


def test_the_command_lines_words(tmp_path: Path) -> None:
    made = load(suite(tmp_path), stress="blur, jpeg").stress
    assert names(made) == ["blur", "jpeg"] and made is not None and made.pairs == 300 and not made.all_that_apply
    made = load(suite(tmp_path), ["stress.pairs=50"], stress="all").stress
    assert names(made) == list(plugins("stress")) and made is not None and made.pairs == 50 and made.all_that_apply


def test_the_command_line_replaces_the_files_list_and_keeps_its_settings(tmp_path: Path) -> None:
    table = '[stress]\nstresses = [{ name = "blur", levels = [0.2] }, "jpeg"]\npairs = 40'
    made = load(suite(tmp_path, table)).stress
    assert names(made) == ["blur", "jpeg"] and made is not None and made.pairs == 40
    made = load(suite(tmp_path, table), stress="noise,blur").stress
    assert names(made) == ["noise", "blur"] and made is not None and made.stresses[1].settings == {"levels": [0.2]}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"stresses": ["blurr"]}, "here: no stress is called 'blurr': did you mean 'blur'"),
        ({"stresses": "blur"}, "stresses = 'blur': expected \"all\", or a list"),
        ({"stresses": []}, 'expected "all", or a list'),
        ({"stresses": ["blur", {"name": "blur"}]}, "expected each once"),
        ({"pairs": 1}, "pairs = 1: expected a whole number of at least 2"),
        ({"pairs": True}, "pairs = True: expected a whole number"),
        ({"levels": [1]}, "expected a table that may hold stresses, pairs"),
        ("blur", "expected a table"),
    ],
)
def test_what_makes_no_sense_is_refused(table: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        StressSettings.parse(table, "here")


def test_stress_needs_pairs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"suite mine: stress is put on the pairs of \[verification\]"):
        load(suite(tmp_path, task="identification"), stress="blur")
    with pytest.raises(UserError, match="levels = .*: expected a list"):
        load(suite(tmp_path, '[stress]\nstresses = [{ name = "blur", levels = [2.0] }]')).stress.stresses[0].built  # noqa: B018
