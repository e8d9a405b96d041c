"""`eigen2arc selftest fuzz`: a table, JSON, and the exit code that says whether something is to be mended."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.cli import app
from eigen2arc.compare.fuzzing import campaign
from eigen2arc.compare.fuzzing.worker import Verdict


def run(tmp_path: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["selftest", "fuzz", "--out", str(tmp_path / "fuzz"), *words])
    return done.exit_code, done.output


@pytest.mark.slow
def test_the_same_seed_reads_the_same_inputs(tmp_path: Path) -> None:
    first, second = (json.loads(run(tmp_path, "archives", "--inputs", "20", "--json")[1]) for _ in range(2))
    assert first == second and sum(first["counts"]["archives"].values()) == 20 and first["failures"] == []
    assert not (tmp_path / "fuzz").exists()


def test_what_is_to_be_mended_is_listed_once_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: object, **__: object) -> campaign.Result:
        result = campaign.Result()
        result.add(Verdict("images", 1, "accepted"))
        for number in (7, 5):
            result.add(Verdict("images", number, "fault", f"KeyError: {number}", "KeyError at a.py:3"))
        return result

    monkeypatch.setattr(campaign, "run", found)
    code, output = run(tmp_path)
    assert code == 1
    assert f"2 x images fault, {tmp_path / 'fuzz/images-5'}: KeyError: 5" in output
    code, output = run(tmp_path, "--json")
    assert code == 1 and json.loads(output)["counts"] == {"images": {"accepted": 1, "fault": 2}}


def test_a_kind_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["selftest", "fuzz", "image", "--out", str(tmp_path)])
    assert done.exit_code and "did you mean 'images'" in str(done.exception)
