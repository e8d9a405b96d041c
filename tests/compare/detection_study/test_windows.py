"""Every feature with every classifier: the split, the figures, the picture and the command."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve
from typer.testing import CliRunner

from eigen2arc.compare.commands.classical import app
from eigen2arc.compare.detection_study.windows import evaluate_all, read_patches, write_figure
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.plugins import build, plugins
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import ArrayImages


def patches(count: int = 60, folds: list[int] | None = None) -> Dataset:
    """Faces are brighter in the lower half, on the whole."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3 == 0
    arrays = []
    for face in labels:
        grey = rng.normal(120, 40, (16, 16)) + np.where(face, np.linspace(-40, 40, 16), 0)[:, None]
        arrays.append(np.repeat(grey[:, :, None], 3, axis=2).clip(0, 255).astype(np.uint8))
    images = ArrayImages(arrays, tuple(f"{i}.png" for i in range(count)))
    splits = None if folds is None else np.array([folds])
    return Dataset("patches", images, ("non-face", "face"), labels.astype(int), splits=splits, protocol="patches")


def test_halves_in_the_order_of_the_files_or_drawn() -> None:
    ordered, drawn, again = (read_patches(patches(), 16, seed) for seed in (None, 3, 3))
    for split in (ordered, drawn):
        assert split.training[split.faces].sum() == 10 and split.training[~split.faces].sum() == 20
    assert ordered.training[ordered.faces].tolist() == [True] * 10 + [False] * 10
    np.testing.assert_array_equal(drawn.training, again.training)
    assert not np.array_equal(ordered.training, drawn.training)


def test_the_makers_folds_are_kept_where_both_hold_both() -> None:
    folds = [int(i >= 20) for i in range(60)]
    assert read_patches(patches(folds=folds), 16, None).training.tolist() == [True] * 20 + [False] * 40
    assert read_patches(patches(folds=[0] * 59 + [1]), 16, None).training.sum() == 30


def test_a_set_of_people_is_refused() -> None:
    people = Dataset("orl", patches(6).images, ("Ada", "Bob"), np.array([0, 1] * 3))
    with pytest.raises(UserError, match="orl does not say which patch is a face"):
        read_patches(people, 16, None)


def test_the_figures_are_those_of_scikit_learn() -> None:
    (judged,) = evaluate_all(read_patches(patches(), 16, None), ["hog"], ["linear_svm"], 16)
    figures = judged.metrics()
    same, value = judged.scores.same, judged.scores.value
    assert figures["auc"] == pytest.approx(roc_auc_score(same, value))
    far, tar, _ = roc_curve(same, value)
    assert figures["tpr_at_fpr"]["1e-2"] == pytest.approx(tar[far <= 0.01].max())
    assert figures["describe_us"] > 0 and figures["decide_us"] > 0 and figures["dimensions"] == 9 * 4 * 9


def test_the_picture_names_its_panels_and_lines(tmp_path: Path) -> None:
    judged = evaluate_all(read_patches(patches(), 16, None), ["hog", "lbp"], ["linear_svm", "rbf_svm"], 16)
    assert [(one.feature, one.classifier) for one in judged] == list(product(["hog", "lbp"], ["linear_svm", "rbf_svm"]))
    write_figure(tmp_path / "roc.svg", judged, "title", "note")
    first = (tmp_path / "roc.svg").read_text("utf-8")
    assert all(f">{name}<" in first for name in ("title", "note", "hog", "lbp", "linear_svm", "rbf_svm"))
    write_figure(tmp_path / "roc.svg", judged, "title", "note")
    assert (tmp_path / "roc.svg").read_text("utf-8") == first


@pytest.mark.slow
def test_the_command_writes_all_pairs_and_a_picture(tmp_path: Path) -> None:
    dataset = patches(30)
    for i in range(30):
        name = "good" if dataset.labels is not None and dataset.labels[i] else "bad"
        write(tmp_path / "cbcl" / name / f"{i:02d}.png", dataset.images[i])
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["windows", "--data-root", str(tmp_path), "--out", str(out), "--size-px", "16"])
    assert done.exit_code == 0, done.output
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    pairs = {(row["feature"], row["classifier"]) for row in metrics["results"]}
    assert pairs == {(f, c) for f in plugins("feature") for c in plugins("classifier")}
    assert metrics["test_faces"] == 5 and metrics["test_others"] == 10
    picture = (out / "roc.svg").read_text("utf-8")
    assert all(f">{name}<" in picture for name in [*plugins("feature"), *plugins("classifier")])


@pytest.mark.data
def test_the_real_one_in_the_order_of_its_files_has_hardly_a_twin(data_root: Path) -> None:
    ordered, drawn = (read_patches(build("dataset", "cbcl", root=data_root), 24, seed) for seed in (None, 0))
    assert ordered.near_duplicates() < 0.02 < 0.3 < drawn.near_duplicates()
    (judged,) = evaluate_all(ordered, ["hog"], ["linear_svm"], 24)
    assert judged.metrics()["auc"] > 0.999
