"""What every trainer promises, on a handful of synthetic images: weights for the detector of its name, and runs that
can be stopped at any step.
"""

import os
import signal
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import with_changes
from eigen2arc.core.stages import Detector, Trainer
from eigen2arc.deep.engine import loop
from eigen2arc.deep.weights_io import checkpoint

STEPS = 3
SMALL = {"steps": STEPS, "warm_up_steps": 1, "verify_every_steps": 2, "held_out_images": 2, "batch_size": 24}
#: Cascades take windows, single-shot networks whole squares.
WINDOWS, SQUARES = {"min_size_px": 40.0}, {"size_px": 64, "batch_size": 4}
SETTINGS: dict[str, dict[str, Any]] = {
    "mtcnn": WINDOWS,
    "cascade_cnn": WINDOWS,
    "retinaface": SQUARES,
    "ssh": SQUARES,
    "densebox": SQUARES,
}
#: Six networks take as many trainings.
SLOW = ("cascade_cnn",)
NAMES = [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in plugins.plugins("trainer")]

pytestmark = pytest.mark.parametrize("name", NAMES)


def small(name: str) -> Any:
    """Settings of a training that takes seconds."""
    people = {"people": 18, "images_per_person": 1, "size_px": 80, "seed": 3}
    defaults = plugins.build("trainer", name).defaults
    return with_changes(replace(defaults, dataset="synthetic", dataset_settings=people), SMALL | SETTINGS.get(name, {}))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, np.ndarray]]:
    """Of every trainer, as they are asked for: the folder of a run that was not stopped, and its losses."""

    class Runs(dict[str, tuple[Path, np.ndarray]]):
        def __missing__(self, name: str) -> tuple[Path, np.ndarray]:
            out = tmp_path_factory.mktemp(name)
            self[name] = out, plugins.build("trainer", name).train(small(name), out, device="cpu", command="typed")
            return self[name]

    return Runs()


def states(out: Path) -> dict[str, dict[str, torch.Tensor]]:
    """The tensors of a run's weights and of its states, by file; not those of the states before the last."""
    files = [*out.rglob(loop.BEST), *out.rglob(loop.STATE)]
    return {str(file.relative_to(out)): checkpoint.load(file)[0] for file in files}


def assert_same(one: dict[str, dict[str, torch.Tensor]], other: dict[str, dict[str, torch.Tensor]]) -> None:
    assert one.keys() == other.keys()
    for file, tensors in one.items():
        assert tensors.keys() == other[file].keys()
        assert all(torch.equal(tensor, other[file][key]) for key, tensor in tensors.items()), file


def test_it_is_a_trainer_of_a_detector(name: str) -> None:
    trainer = plugins.build("trainer", name)
    assert isinstance(trainer, Trainer)
    assert name in plugins.plugins("detector")
    assert {"seed", "steps", "batch_size", "dataset", "dataset_settings"} <= asdict(trainer.defaults).keys()


def test_its_weights_are_for_the_detector_of_its_name(name: str, runs: dict[str, tuple[Path, np.ndarray]]) -> None:
    out, losses = runs[name]
    assert losses.dtype == np.float32 and len(losses) % STEPS == 0 and np.isfinite(losses).all()
    detector = plugins.build("detector", name, weights=plugins.build("trainer", name).weights(out), device="cpu")
    assert isinstance(detector, Detector)
    assert len(detector.detect([np.full((64, 64, 3), 90, np.uint8)])) == 1


def test_its_files_say_where_they_come_from(name: str, runs: dict[str, tuple[Path, np.ndarray]]) -> None:
    out, _ = runs[name]
    for file in out.rglob("best.safetensors"):
        metadata = checkpoint.load(file)[1]
        assert metadata["command"] == "typed" and metadata["settings"] == asdict(small(name))
    assert plugins.build("trainer", name).saved_settings(out) == small(name)


def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    name: str, runs: dict[str, tuple[Path, np.ndarray]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, losses = runs[name]
    trainer, rate, calls = plugins.build("trainer", name), loop.learning_rate, 0
    stop_at = len(losses) // STEPS // 2 * STEPS + 2  # the second step of the only network, or of one in the middle

    def interrupting(schedule: Any, step: int) -> float:
        nonlocal calls
        calls += 1
        if calls == stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        return rate(schedule, step)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "learning_rate", interrupting)
        with pytest.raises(KeyboardInterrupt):
            trainer.train(small(name), tmp_path, device="cpu")
    assert calls == stop_at
    rest = trainer.train(trainer.saved_settings(tmp_path), tmp_path, resume=True, device="cpu")
    assert rest.tolist() == losses.tolist()
    assert_same(states(whole), states(tmp_path))


def test_a_finished_run_is_not_overwritten_but_can_be_resumed(
    name: str, runs: dict[str, tuple[Path, np.ndarray]]
) -> None:
    out, losses = runs[name]
    trainer = plugins.build("trainer", name)
    before = states(out)
    with pytest.raises(UserError, match="an earlier run is there"):
        trainer.train(small(name), out, device="cpu")
    assert trainer.train(trainer.saved_settings(out), out, resume=True, device="cpu").tolist() == losses.tolist()
    assert_same(before, states(out))


def test_where_no_run_is_there_is_none_to_resume(name: str, tmp_path: Path) -> None:
    trainer = plugins.build("trainer", name)
    with pytest.raises(UserError, match=r"no state\.safetensors to resume from"):
        trainer.saved_settings(tmp_path)
    with pytest.raises(UserError, match=r"no state\.safetensors to resume from"):
        trainer.train(small(name), tmp_path, resume=True, device="cpu")


def test_an_unknown_setting_meets_the_nearest_name(name: str) -> None:
    with pytest.raises(UserError, match="no setting 'lerning_rate': did you mean 'learning_rate'"):
        with_changes(plugins.build("trainer", name).defaults, {"lerning_rate": 0.1})


def test_an_unknown_trainer_meets_the_nearest_name(name: str) -> None:
    with pytest.raises(UserError, match=f"no trainer is called '{name}x': did you mean '{name}'"):
        plugins.build("trainer", f"{name}x")


def test_a_set_without_faces_teaches_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = plugins.build

    def without_faces(kind: str, *args: Any, **settings: Any) -> Any:
        built = real(kind, *args, **settings)
        return replace(built, faces=None) if kind == "dataset" else built

    trainer = plugins.build("trainer", name)
    monkeypatch.setattr(plugins, "build", without_faces)
    with pytest.raises(UserError, match="does not say where its faces are"):
        trainer.train(small(name), tmp_path, device="cpu")
