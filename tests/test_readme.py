"""The README's Python runs as it stands there, on two images in the working folder."""

import re
from pathlib import Path

import pytest

from eigen2arc.core import build, write_image

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_two_photos_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(code.splitlines()) <= 10
    people = build("dataset", "synthetic", people=2, images_per_person=2, seed=1, difficulty=0.0)
    monkeypatch.chdir(tmp_path)
    write_image("a.jpg", people.images[0])
    scores = []
    for other in (1, 2):
        write_image("b.jpg", people.images[other])
        exec(code, {})
        said = re.fullmatch(r"score (-?[\d.]+), faces found: \[True, True\]\n", capsys.readouterr().out)
        assert said is not None
        scores.append(float(said[1]))
    same, different = scores
    assert same > different
