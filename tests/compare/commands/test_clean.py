"""`eigen2arc datasets clean`: what it writes, and that a reader honours it."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from eigen2arc.compare.commands.datasets import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.datasets.readers.folder import build


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["clean", *[str(a) for a in arguments]], env={"EIGEN2ARC_DATA": None})


@pytest.fixture
def root(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Two people drawn as stripes, Ada's lying and Bob's standing; Ada's last image is one of Bob's."""
    for person, kinds in (("Ada", "lllls"), ("Bob", "ssss")):
        for number, kind in enumerate(kinds):
            stripes = np.repeat(np.where(np.arange(64) // 4 % 2, 200, 40)[:, None], 64, axis=1)
            picture = (stripes if kind == "l" else stripes.T) + rng.integers(0, 4, (64, 64))
            write(tmp_path / f"set/{person}/{number}.png", np.repeat(picture[:, :, None], 3, axis=2).astype(np.uint8))
    return tmp_path


ENCODER = ("--encoder", "lbp_histogram", "--set", "aligner.size_px=64")


def test_what_it_keeps(root: Path) -> None:
    out = root / "kept.csv"
    done = call("folder", "--data-root", root / "set", "--out", out, "--threshold-deg", 30, *ENCODER)
    assert done.exit_code == 0, done.output
    assert "8 of 9 images kept, 0 show no face" in done.stdout and "50 %:" in done.stdout
    assert out.read_text().splitlines() == [
        "image",
        *[f"Ada/{i}.png" for i in range(4)],
        *[f"Bob/{i}.png" for i in range(4)],
    ]
    facts = json.loads((root / "kept.json").read_text())
    assert facts["people"] == [{"name": "Ada", "images": 5, "kept": 4}, {"name": "Bob", "images": 4, "kept": 4}]
    assert facts["kept"] == 8 and facts["encoder"] == {"name": "lbp_histogram"}
    assert len(build(root=root / "set", kept=out).images) == 8
    assert (root / "kept.vectors").is_dir()

    # Another threshold, from the vectors that are there.
    wide = call("folder", "--data-root", root / "set", "--out", out, "--threshold-deg", 89, "--json", *ENCODER)
    assert json.loads(wide.stdout)["kept"] == 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("folder", "--out", "kept.txt"), "expected a name that ends in .csv"),
        (("folder", "--out", "kept.csv", "--encoder", "eigenfaces"), "has to be fitted first"),
        (("scenes", "--out", "kept.csv", "--set", "dataset.images=1"), "does not say who is who"),
        (("folder", "--out", "kept.csv", "--threshold-deg", "200"), "threshold_rad=3.49.*expected an angle"),
    ],
)
def test_what_it_refuses(root: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str) -> None:
    monkeypatch.chdir(root)
    done = call("--threshold-deg", 60, "--data-root", root / "set", *ENCODER, *arguments)
    assert isinstance(done.exception, UserError)
    with pytest.raises(UserError, match=message):
        raise done.exception
