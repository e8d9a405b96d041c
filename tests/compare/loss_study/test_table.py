"""A table of losses, tiny: its metrics against others' computations, going on after a stop, and losses that fail."""

import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.compare.loss_study import budget as loss_budget
from eigen2arc.compare.loss_study import table as loss_table
from eigen2arc.compare.loss_study.budget import budget
from eigen2arc.compare.loss_study.metrics import held_out_metrics, trials
from eigen2arc.compare.loss_study.page import render
from eigen2arc.compare.loss_study.settings import plan
from eigen2arc.compare.loss_study.table import faces, table
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.encoders import embedding
from eigen2arc.deep.encode.training import encoder as train_embedding
from eigen2arc.deep.engine import loop as training

#: 8 people with 4 images each, half of them held out.
TINY = {
    "dataset.people": 8,
    "dataset.images_per_person": 4,
    "held_out_people": 4,
    "batch_size": 8,
    "embedding_size": 16,
    "backbone.size_px": 32,
    "backbone.width": 0.125,
}
LOSSES = ("softmax", "triplet")

FAILING = '''
"""A loss that ends badly."""
from torch import nn
class Failing(nn.Module):
    sampler = "shuffled"
    def __init__(self, classes, embedding_size):
        super().__init__()
        self.linear, self.calls = nn.Linear(embedding_size, classes), 0
    def forward(self, embeddings, labels):
        self.calls += 1
        value = nn.functional.cross_entropy(self.linear(embeddings), labels)
        return {value}
def build(*, embedding_size, classes): return Failing(classes, embedding_size)
'''


def make(out: Path, losses: tuple[str, ...] = LOSSES, given: str = "6steps", **changes: Any) -> dict[str, Any]:
    asked = plan(losses, "mobilefacenet", "synthetic", TINY | changes)
    path = table(asked, budget(given), out, device="cpu", command="eigen2arc compare losses")
    made: dict[str, Any] = json.loads(path.read_text())
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """A finished table, and its folder."""
    out = tmp_path_factory.mktemp("losses")
    return make(out), out


@pytest.fixture
def bad_losses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two more loss plug-ins: `diverging` is no number from its third step on, `broken` raises."""
    folder = tmp_path / "plugins" / "bad" / "losses"
    folder.mkdir(parents=True)
    (folder / "diverging.py").write_text(FAILING.format(value="value / (0 if self.calls > 2 else 1)"))
    (folder / "broken.py").write_text(FAILING.format(value="value[7]"))
    monkeypatch.syspath_prepend(str(tmp_path / "plugins"))
    monkeypatch.setitem(plugins.KINDS, "loss", (*plugins.KINDS["loss"], "bad.losses"))
    importlib.invalidate_caches()
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "bad"]:
        del sys.modules[name]


def test_rows_say_what_was_done(made: tuple[dict[str, Any], Path]) -> None:
    document, out = made
    assert [row["name"] for row in document["losses"]] == list(LOSSES)
    assert document["budget"] == {"text": "6steps", "steps": 6}
    assert document["dataset"]["trained_people"] == document["dataset"]["held_out_people"] == 4
    for row in document["losses"]:
        assert (row["steps"], row["images"], len(row["losses"])) == (6, 48, 6)
        assert [one["step"] for one in row["looks"]] == [2, 4, 6] and row["seconds"] > 0
        assert row["settings"]["seed"] == 0 and row["settings"]["steps"] == 6
        assert set(row["plane"]["labels"]) == {0, 1, 2, 3} and np.shape(row["plane"]["points"]) == (16, 2)
    softmax, triplet = document["losses"]
    assert not softmax["plane"]["on_circle"] and triplet["plane"]["on_circle"]
    assert np.shape(softmax["plane"]["centres"]) == (1, 4, 2) and triplet["plane"]["centres"] == []
    assert np.allclose(softmax["curve"], np.cos(np.radians(np.arange(181))), atol=1e-4) and triplet["curve"] is None
    assert "No such curve: triplet" in render(out).read_text("utf-8")


def test_metrics_are_those_of_the_weights_that_the_training_left(made: tuple[dict[str, Any], Path]) -> None:
    """Where the last evaluation is the best one, the encoder with the exported weights gives the same metrics."""
    document, out = made
    encoder = embedding.build(weights=None, device="cpu")
    for row in document["losses"]:
        settings = plan(LOSSES, "mobilefacenet", "synthetic", TINY).of(row["name"], 6)
        kept = faces(settings, out, 32)
        crops, labels = kept.read(kept.held_out)
        state, _ = training.checkpoint.load(out / row["name"] / training.STATE)
        tensors = {key.removeprefix("network.backbone."): value for key, value in state.items()}
        encoder.backbone = plugins.build("backbone", "mobilefacenet", embedding_size=16, size_px=32, width=0.125)
        encoder.backbone.load_state_dict(tensors, strict=False)
        again = held_out_metrics(encoder.encode(crops), labels, trials(labels))
        assert again == {key: value for key, value in row["held_out"].items() if key != "look"}
        last = row["looks"][-1]
        assert {key: last[key] for key in row["held_out"]["look"]} == row["held_out"]["look"]


def test_every_loss_starts_from_the_same_network(made: tuple[dict[str, Any], Path]) -> None:
    document, out = made
    common = plan(LOSSES, "mobilefacenet", "synthetic", TINY).common
    rows = loss_table.Rows(common, out, "cpu", "")
    torch.manual_seed(common.seed)
    backbone = plugins.build("backbone", "mobilefacenet", embedding_size=16, size_px=32, width=0.125)
    assert rows.evaluate(backbone) == document["untrained"]


def test_what_is_trained_is_not_trained_again(
    made: tuple[dict[str, Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    document, out = made
    trained: list[str] = []
    real = train_embedding.train
    monkeypatch.setattr(
        loss_table, "train", lambda settings, *a, **k: (trained.append(settings.loss), real(settings, *a, **k))
    )
    assert make(out) == document and trained == []
    more = make(out, losses=(*LOSSES, "normface"))
    assert more["losses"][:2] == document["losses"] and trained == ["normface"]


def test_a_table_that_was_stopped_goes_on(
    made: tuple[dict[str, Any], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the second loss's fourth step; then the same command again."""
    with monkeypatch.context() as patch:
        rate = training.learning_rate

        def interrupting(settings: Any, step: int) -> float:
            if settings.loss == "triplet" and step == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return rate(settings, step)

        patch.setattr(training, "learning_rate", interrupting)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path)
    assert not (tmp_path / "losses.json").exists() and (tmp_path / "softmax" / "row.json").exists()
    again = make(tmp_path)
    for one, other in zip(again["losses"], made[0]["losses"], strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


@pytest.mark.usefixtures("bad_losses")
def test_losses_that_fail_are_rows_that_say_so(tmp_path: Path) -> None:
    document = make(tmp_path / "out", losses=("diverging", "broken", "softmax"))
    diverging, broken, softmax = document["losses"]
    assert "step 2: the loss is inf" in diverging["failed"] and "IndexError" in broken["failed"]
    assert str(tmp_path / "out" / "broken") in broken["failed"] and "failed" not in softmax
    html = render(tmp_path / "out").read_text("utf-8")
    assert html.count("<b>Failed.</b>") == 2
    assert make(tmp_path / "out", losses=("diverging", "broken", "softmax")) == document


def test_a_full_disk_is_not_the_losses_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loss_table, "train", full)
    with pytest.raises(OSError, match="No space left"):
        make(tmp_path)


def test_another_table_in_the_folder_is_not_gone_on_with(made: tuple[dict[str, Any], Path]) -> None:
    _, out = made
    for given, changes in (("7steps", {}), ("6steps", {"learning_rate": 0.04}), ("6steps", {"dataset.seed": 3})):
        with pytest.raises(UserError, match="a table with other settings is there; choose another --out"):
            make(out, given=given, **changes)
    with pytest.raises(UserError, match=r"triplet: was trained with other settings; delete that folder"):
        make(out, **{"triplet.margin": 0.3})


def test_a_time_becomes_steps_that_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 50 s a step, and four times as much for one in the plane, an hour has room for 12, which is 10."""
    monkeypatch.setattr(loss_budget, "costs", lambda *_: {"softmax": loss_budget.Cost(50.0, 0.0)})
    document = make(tmp_path, losses=("softmax",), given="1h")
    assert document["budget"] == {"text": "1h", "steps": 10} and document["losses"][0]["steps"] == 10
    monkeypatch.delattr(loss_budget, "costs")
    assert make(tmp_path, losses=("softmax",), given="1h") == document


@pytest.mark.usefixtures("bad_losses")
def test_costs_are_measured_and_leave_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = plan(("softmax", "broken"), "mobilefacenet", "synthetic", TINY)
    out = tmp_path / "out"
    out.mkdir()
    cost = loss_budget.costs([asked.of(loss, loss_budget.LONG) for loss in asked.losses], out, "cpu")
    assert list(cost) == ["softmax"] and cost["softmax"].step_s > 0
    assert [path.name for path in out.iterdir() if not path.name.startswith("crops-")] == []
    assert "training" not in capsys.readouterr().out


def test_without_people_held_out_there_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs people held out"):
        make(tmp_path, held_out_people=0)
