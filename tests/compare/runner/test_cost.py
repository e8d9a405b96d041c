"""The cost of the systems of a run: what is handed over, what is kept, and what a failure takes with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.cost.worker import Measured, Task
from eigen2arc.compare.report.render import render
from eigen2arc.compare.runner import cost
from eigen2arc.compare.runner.cost import measure_cost
from eigen2arc.compare.runner.run import Run, run
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.compare.runner.suite import load
from eigen2arc.compare.runner.system_runner import SystemRunner
from eigen2arc.core.artefacts import Store, read_arrays
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import encode
from eigen2arc.core.plugins import build

SUITE = """
title = "Small"
description = "Systems on noise."
TASK = {dataset = "folder", root = "{data_root}"}
[[systems]]
name = "learns"
detector = "fixed_box"
aligner = { name = "box", size_px = 16 }
encoder = { name = "eigenfaces", components = 3 }
outside_data = "none"
[[systems]]
name = "made of one that learns"
detector = "fixed_box"
aligner = { name = "box", size_px = 16 }
encoder = { name = "symmetric", base = { name = "eigenfaces", components = 3 } }
outside_data = "none"
"""

HELD = {"parameters": 10, "bytes": 40, "multiply_adds": 7}
MEASURED = Measured(
    {"detect": 2.0, "encode": 0.5, "match": 0.001},
    {"detector": {"parameters": 5, "bytes": 20, "multiply_adds": None}, "encoder": HELD}, 100, 300,
)  # fmt: skip


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (20, 2, 16, 16, 3), dtype=np.uint8)
    for person, images in enumerate(noise):
        for number, image in enumerate(images):
            path = tmp_path / "people" / str(person) / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode(image))
    return tmp_path / "small.toml"


def prepared(suite_file: Path, out: Path, task: str, system: int) -> tuple[SystemRunner, Callable[..., dict[str, Any]]]:
    """A system, and what measures its cost."""
    suite_file.write_text(SUITE.replace("TASK", task))
    suite = load(str(suite_file), (), {"data_root": str(suite_file.parent / "people")})
    stages = StageRunner(Store(out / "artefacts"), Progress(disable=True), data_root=None, device="cpu")
    made = Run(suite, out, stages, device="cpu", most=None, command="", cost=True)
    runner, data = made.ready[system], made.datasets[task]
    return runner, lambda measure: measure_cost(runner, data, data, task, "cpu", measure)


@pytest.mark.parametrize(("task", "system"), [("verification", 0), ("identification", 0), ("identification", 1)])
def test_what_an_encoder_learned_is_handed_over(suite_file: Path, tmp_path: Path, task: str, system: int) -> None:
    runner, measured = prepared(suite_file, tmp_path / "run", task, system)
    seen: list[np.ndarray] = []

    def measure(given: Task) -> Measured:
        inputs = read_arrays(Path(given.inputs))
        assert len(inputs) == 16 and all(image.shape == (16, 16, 3) for image in inputs.values())
        fitted = build("encoder", given.encoder["name"], **{k: v for k, v in given.encoder.items() if k != "name"})
        crops = np.stack([inputs[f"image-{n}"] for n in range(4)])
        seen.append(fitted.restore(read_arrays(Path(given.fitted))).encode(crops))
        return MEASURED

    measured(measure)
    training = cost._training(runner, *[runner.stages.dataset(runner.suite.tasks[task])] * 2, task)
    fresh = runner.encoder.fresh().fit(training.of(training.whole.crops), training.labels)
    crops = np.stack([runner.stages.dataset(runner.suite.tasks[task]).images[i] for i in cost.evenly(40, 16)[:4]])
    np.testing.assert_allclose(seen[0], fresh.encode(crops), rtol=1e-4, atol=1e-3)
    # Whoever is tested first is not learned from.
    if task == "verification":
        trials = runner.stages.dataset(runner.suite.tasks[task]).trials
        tested = trials.fold == trials.fold.min()
        assert not set(training.indices) & {*trials.first[tested], *trials.second[tested]}


def test_what_was_measured_is_kept(suite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "cores", lambda: 3)
    _, measured = prepared(suite_file, tmp_path / "run", "verification", 0)
    asked: list[Task] = []

    def measure(given: Task) -> Measured:
        asked.append(given)
        return MEASURED

    first = measured(measure)
    assert [(one.threads, one.count) for one in asked] == [(1, True), (3, False)]
    assert measured(lambda _: pytest.fail("it is kept")) == first
    assert first["stages"]["match"] == {"one_thread": 0.001, "all_cores": 0.001} and "align" not in first["stages"]
    assert first["milliseconds"] == {"one_thread": 2.5, "all_cores": 2.5}
    assert (first["images"], first["image_size"], first["peak_memory_bytes"]) == (16, "16 x 16", 300)
    assert (first["parameters"], first["bytes"], first["multiply_adds"]) == (15, 60, None)
    monkeypatch.setattr(cost, "hardware", lambda device: {"cpu": "another"})
    with pytest.raises(pytest.fail.Exception, match="another machine"):
        measured(lambda _: pytest.fail("another machine"))


def test_what_dies_costs_its_own_figures_only(
    suite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "cores", lambda: 2)
    _, measured = prepared(suite_file, tmp_path / "run", "verification", 0)

    def dies(given: Task) -> Measured:
        if given.threads == 2:
            raise UserError("its process was ended by SIGKILL")
        return MEASURED

    entry = measured(dies)
    assert entry["failed"] == ["all cores: its process was ended by SIGKILL"]
    assert entry["milliseconds"] == {"one_thread": 2.5}
    assert "failed" not in measured(lambda _: MEASURED)  # it is tried again

    def never(given: Task) -> Measured:
        raise UserError("no")

    _, measured = prepared(suite_file, tmp_path / "other", "verification", 0)
    entry = measured(never)
    assert entry["parts"] == entry["stages"] == entry["milliseconds"] == {} and entry["parameters"] is None


def test_images_that_cannot_be_read_are_said(suite_file: Path, tmp_path: Path) -> None:
    _, measured = prepared(suite_file, tmp_path / "run", "verification", 0)
    for path in (tmp_path / "people").rglob("*.png"):
        path.write_bytes(b"no image")
    assert measured(lambda _: MEASURED)["failed"] == ["none of the images that were chosen can be read"]


def test_a_system_is_measured_on_a_gpu_where_there_is_one(suite_file: Path, tmp_path: Path) -> None:
    runner, _ = prepared(suite_file, tmp_path / "run", "verification", 0)
    assert "gpu" not in [place.name for place in cost.places(runner, "cuda:0 (Card)")]  # it has no networks

    class Networks:
        has_networks = True

    gpu = cost.places(Networks(), "cuda:0 (Card)")[-1]  # type: ignore[arg-type]
    assert (gpu.name, gpu.device) == ("gpu", "cuda:0")


@pytest.mark.slow
def test_the_same_run_twice_gives_the_same_bytes(suite_file: Path, tmp_path: Path) -> None:
    suite_file.write_text(SUITE.replace("TASK", "verification"))
    suite = load(str(suite_file), (), {"data_root": str(suite_file.parent / "people")})
    written = []
    for _ in range(2):
        metrics = run(
            suite, tmp_path / "run", data_root=None, device="cpu", most=None, command="", cost=True,
            progress=Progress(disable=True),
        )  # fmt: skip
        written.append((metrics.read_bytes(), render(tmp_path / "run").read_bytes()))
    assert written[0] == written[1]
    first, second = json.loads(written[0][0])["systems"]
    # Of 16 x 16 pixels a mean and three axes, 3 * 256 multiply-adds; the mirrored one holds as much.
    assert first["cost"]["parts"]["encoder"] == {"parameters": 1024, "bytes": 4096, "multiply_adds": 768}
    assert second["cost"]["parameters"] == first["cost"]["parameters"] and second["cost"]["multiply_adds"] is None
    assert b"What it costs" in written[0][1]
