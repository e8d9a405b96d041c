"""Training learns, stops cleanly, and goes on as if it had not been stopped: bit for bit on a CPU."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from eigen2arc.core import image
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import with_changes, with_components
from eigen2arc.deep.encode.encoders import embedding
from eigen2arc.deep.encode.training.encoder import Settings, train
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.loop import learning_rate, saved_settings
from eigen2arc.deep.weights_io.checkpoint import load

PEOPLE, IMAGES_EACH, STEPS = 6, 8, 8


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People who are a colour pattern each, photographed with noise."""
    root, rng = tmp_path_factory.mktemp("people"), np.random.default_rng(5)
    for person in range(PEOPLE):
        pattern = rng.integers(40, 216, (4, 4, 3)).repeat(28, axis=0).repeat(28, axis=1)
        for number in range(IMAGES_EACH):
            noisy = pattern + rng.normal(0, 10, pattern.shape)
            image.write(root / f"person{person}" / f"{number}.png", noisy.clip(0, 255).astype(np.uint8))
    return root


@pytest.fixture
def settings(pictures: Path) -> Settings:
    few = {"held_out_people": 2, "batch_size": 8, "steps": STEPS, "warm_up_steps": 2, "verify_every_steps": 4}
    parts = {"embedding_size": 32, "backbone.width": 0.125, "loss.scale": 16.0, "dataset.root": str(pictures)}
    return with_changes(Settings(dataset="folder", dataset_settings={}), few | parts)


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ctrl-C in the middle of that step."""
    rate = learning_rate

    def interrupting(chosen: Settings, now: int) -> float:
        if now == step:
            os.kill(os.getpid(), signal.SIGINT)
        return rate(chosen, now)

    monkeypatch.setattr(training, "learning_rate", interrupting)


def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = train(settings, tmp_path / "whole", device="cpu")
    with monkeypatch.context() as patch:
        stop_at(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            train(settings, tmp_path / "parts", device="cpu")
    said = "".join(capsys.readouterr().out.split())
    assert "stoppedafterstep3" in said and f"--out{tmp_path / 'parts'}--resume" in said
    assert load(tmp_path / "parts" / "state.safetensors")[1]["step"] == 3
    rest = train(Settings(**saved_settings(tmp_path / "parts")), tmp_path / "parts", resume=True, device="cpu")

    assert len(whole) == STEPS and whole.tolist() == rest.tolist()
    for file in ("state.safetensors", "best.safetensors"):
        first, second = (load(tmp_path / run / file) for run in ("whole", "parts"))
        assert all(torch.equal(first[0][key], second[0][key]) for key in first[0] | second[0])
        assert first[1] == second[1]


def test_the_weights_are_half_precision_and_make_an_encoder(settings: Settings, tmp_path: Path) -> None:
    train(settings, tmp_path, device="cpu", command="eigen2arc deep train encoder --out here")
    tensors, metadata = load(tmp_path / "best.safetensors")
    assert {t.dtype for name, t in tensors.items() if "running" in name} == {torch.float32}
    assert {t.dtype for name, t in tensors.items() if "running" not in name} == {torch.float16, torch.int64}
    assert metadata["command"] == "eigen2arc deep train encoder --out here" and metadata["settings"]["seed"] == 0
    assert [look["step"] for look in metadata["figures"]["looks"]][-1] == metadata["step"]
    assert json.loads((tmp_path / "best.json").read_text()) == metadata
    encoder = embedding.build(weights=tmp_path / "best.safetensors", device="cpu")
    assert encoder.encode(np.zeros((2, 112, 112, 3), np.uint8)).shape == (2, 32)


def test_it_learns(settings: Settings, tmp_path: Path) -> None:
    """Six seeds end at 0.08 to 0.17 of the loss that they begin with, so no processor's rounding comes near a half."""
    changes = {"steps": 30, "learning_rate": 0.03, "loss.margin_rad": 0.1, "verify_every_steps": 30}
    losses = train(with_changes(settings, changes), tmp_path, device="cpu")
    assert losses[-5:].mean() < 0.5 * losses[:3].mean()


def test_a_loss_that_is_no_number_stops_with_a_line(settings: Settings, tmp_path: Path) -> None:
    wild = with_changes(settings, {"learning_rate": 1e30, "warm_up_steps": 0})
    with pytest.raises(UserError, match=r"step \d: the loss is (nan|inf); .* lower learning_rate"):
        train(wild, tmp_path, device="cpu")


def test_a_full_disk_stops_with_the_last_state_whole(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From step 5 on no file may grow beyond a few kilobytes: writing then fails as it does on a full disk."""
    rate, before = learning_rate, resource.getrlimit(resource.RLIMIT_FSIZE)

    def filling(chosen: Settings, now: int) -> float:
        if now == 5:
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
        return rate(chosen, now)

    always = with_changes(settings, {"save_every_s": 0.0})
    try:
        with monkeypatch.context() as patch:
            patch.setattr(training, "learning_rate", filling)
            with pytest.raises(UserError, match="after step 6; what was saved there before is whole. Make room and"):
                train(always, tmp_path / "full", device="cpu")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [load(tmp_path / "full" / f"state{kind}.safetensors")[1]["step"] for kind in ("", ".previous")] == [5, 5]
    rest = train(always, tmp_path / "full", resume=True, device="cpu")
    assert rest.tolist() == train(always, tmp_path / "whole", device="cpu").tolist()
    assert not [path for path in (tmp_path / "full").iterdir() if path.name.startswith(".")]


def test_weights_of_an_earlier_run_are_tuned(settings: Settings, tmp_path: Path) -> None:
    train(settings, tmp_path / "softmax", device="cpu")
    first = {"initial_weights": str(tmp_path / "softmax" / "best.safetensors"), "steps": 1, "learning_rate": 1e-9}
    tuned = with_changes(
        with_components(settings, loss="triplet"), first | {"warm_up_steps": 0, "verify_every_steps": 1}
    )
    train(tuned, tmp_path / "triplet", device="cpu")
    before, after = (load(tmp_path / name / "best.safetensors")[0] for name in ("softmax", "triplet"))
    for name in before:
        if "running" not in name and before[name].is_floating_point():
            torch.testing.assert_close(after[name], before[name], rtol=0, atol=1e-4)
    with pytest.raises(UserError, match="expected shape .16, 3, 3, 3., got .8, 3, 3, 3."):
        train(with_changes(tuned, {"backbone.width": 0.25}), tmp_path / "wrong", device="cpu")


def test_pairs_of_other_sets_are_verified(settings: Settings, tmp_path: Path) -> None:
    table = {"name": "folder", "root": settings.dataset_settings["root"], "pairs_per_fold": 20}
    train(with_changes(settings, {"verify_sets": [table]}), tmp_path, device="cpu")
    looks = load(tmp_path / "state.safetensors")[1]["looks"]
    assert [look["accuracy"] == look["folder"] > 0.3 for look in looks] == [True, True]
    with pytest.raises(UserError, match="verify_sets: expected a name, or a table"):
        train(with_changes(settings, {"verify_sets": [{}]}), tmp_path / "wrong", device="cpu")
    with pytest.raises(UserError, match="verify_sets: no dataset is called 'lwf': did you mean 'lfw'"):
        train(with_changes(settings, {"verify_sets": ["lwf"]}), tmp_path / "wrong", device="cpu")


def test_a_run_is_neither_overwritten_nor_changed(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no state.safetensors to resume from"):
        train(settings, tmp_path, resume=True, device="cpu")
    short = with_changes(settings, {"steps": 1, "verify_every_steps": 1})
    train(short, tmp_path, device="cpu")
    with pytest.raises(UserError, match="an earlier run is there; go on with it by --resume"):
        train(short, tmp_path, device="cpu")
    with pytest.raises(UserError, match="settings: .* was .*, and is .* start anew in another folder"):
        train(settings, tmp_path, resume=True, device="cpu")


def test_a_batch_of_one_is_refused_before_the_faces_are_read(settings: Settings, tmp_path: Path) -> None:
    few = with_changes(settings, {"batch_size": 1, "dataset.root": str(tmp_path / "absent")})
    with pytest.raises(UserError, match="batch_size: expected 2 or more, got 1: mobilefacenet has batch normal"):
        train(few, tmp_path / "out", device="cpu")


def test_settings_that_cannot_be_are_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="mixed_precision = 'fp8': .*expected one of no, bf16, fp16"):
        train(with_changes(settings, {"mixed_precision": "fp8"}), tmp_path, device="cpu")
    with pytest.raises(UserError, match="dataset folder has no setting 'people'"):
        train(with_changes(settings, {"dataset.people": 3}), tmp_path, device="cpu")


@pytest.mark.slow
def test_a_killed_run_goes_on_from_the_command_line(settings: Settings, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from eigen2arc.compare.cli import main; main()", "deep", "train", "encoder"]
    chosen = {"dataset.root": settings.dataset_settings["root"], "backbone.width": 0.125, "held_out_people": 2}
    chosen |= {"batch_size": 8, "steps": 1_000_000, "save_every_s": 0.0}  # more than it ever comes to
    options = [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]
    run = subprocess.Popen([*command, "--dataset", "folder", "--out", str(tmp_path), "--device", "cpu", *options])
    while not (tmp_path / "state.json").exists():
        assert run.poll() is None
        time.sleep(0.05)
    run.kill()
    run.wait()
    before = load(tmp_path / "state.safetensors")[1]["step"]
    assert before > 0
    run = subprocess.Popen([*command, "--out", str(tmp_path), "--device", "cpu", "--resume"], stdout=subprocess.PIPE)
    while load(tmp_path / "state.safetensors")[1]["step"] <= before + 2:
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    assert b"stopped after step" in run.communicate()[0] and run.returncode == 130
