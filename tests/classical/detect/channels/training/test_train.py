"""Training the channel detector on a toy face: it learns, repeats itself, and goes on after a kill."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.channels.engine.channel_cascade import (
    ChannelCascade,
    load_channel_cascade,
    save_channel_cascade,
)
from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, boxes_in, window_features
from eigen2arc.classical.detect.channels.training import train as module
from eigen2arc.classical.detect.channels.training.bootstrapping import ChannelRecipe
from eigen2arc.classical.detect.channels.training.train import ChannelFaces, load_state, train_channels
from eigen2arc.classical.detect.detectors.channel_features import merge_windows
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import write

RECIPE = ChannelRecipe(trees=(4, 8, 16), random_windows=200, hard_windows=60, most_per_photograph=20, seed=3)
FACES = ChannelFaces(copies=1, people=2, mosaics=2)


def toy_face(rng: np.random.Generator, size_px: int = CROP_PX) -> np.ndarray:
    """Two dark eyes and a mouth on a bright oval."""
    y, x = (np.mgrid[:size_px, :size_px] + 0.5) * CROP_PX / size_px - CROP_PX / 2
    picture = 90 + 110 * ((x / 10.5) ** 2 + (y / 14) ** 2 < 1)
    for eye_x, eye_y, wide, high in ((-4.5, -4, 2.5, 1.5), (4.5, -4, 2.5, 1.5), (0, 7, 5, 1.5)):
        picture = np.where(((x - eye_x) / wide) ** 2 + ((y - eye_y) / high) ** 2 < 1, 60, picture)
    noisy = picture + rng.normal(0, 6, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def clutter(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(40, 220, (12, 16)).astype(np.uint8)
    return np.kron(coarse, np.ones((10, 10), np.uint8))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of toy faces and of clutter."""
    rng, root = np.random.default_rng(7), tmp_path_factory.mktemp("pictures")
    for i in range(40):
        write(root / f"faces/{i:02d}.png", np.repeat(toy_face(rng)[..., None], 3, axis=2))
    for i in range(12):
        write(root / f"clutter/{i:02d}.png", np.repeat(clutter(rng)[..., None], 3, axis=2))
    return root / "faces", root / "clutter"


@pytest.fixture(autouse=True)
def no_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawn faces are another thing than the toy ones."""
    monkeypatch.setattr(module, "synthetic_crops", lambda people, rng: np.zeros((0, CROP_PX, CROP_PX), np.uint8))


@pytest.fixture(scope="module")
def trained(pictures: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "synthetic_crops", lambda people, rng: np.zeros((0, CROP_PX, CROP_PX), np.uint8))
        train_channels([pictures[0]], [pictures[1]], FACES, RECIPE, out, "a command")
    return out


def test_the_toy_face_is_found_where_it_is(trained: Path) -> None:
    rng = np.random.default_rng(8)
    picture = clutter(rng)
    picture[30:102, 60:132] = toy_face(rng, 72)
    cascade = load_channel_cascade(trained / "model.safetensors")
    boxes, scores = merge_windows(*cascade.windows(picture, 30))
    assert len(scores) and scores[0] > 0
    truth = boxes_in(np.array([[64.0, 34, 128, 98]]), "face")
    assert iou(boxes_in(boxes[:1], "face"), truth)[0, 0] > 0.6


def test_rounds_are_written_down(trained: Path, pictures: tuple[Path, Path]) -> None:
    state = load_state(trained, _metadata(trained))
    assert state is not None
    assert [one.trees for one in state.rounds] == [4, 8, 16]
    assert [one.positives for one in state.rounds] == [80, 80, 80]
    assert state.rounds[0].negatives >= 200
    assert all(
        one.negatives - before.negatives <= 60 for before, one in zip(state.rounds, state.rounds[1:], strict=False)
    )
    assert state.rounds[-1].missed < 0.05


def _metadata(folder: Path) -> dict[str, object]:
    import json

    record = json.loads((folder / "training.json").read_text("utf-8"))
    return {key: record[key] for key in ("command", "faces", "recipe", "data")}


def test_a_killed_training_goes_on_with_the_same_result(
    trained: Path, pictures: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0

    def killed(*arguments: object) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            raise KeyboardInterrupt
        real(*arguments)

    real = module.next_round
    monkeypatch.setattr(module, "next_round", killed)
    with pytest.raises(KeyboardInterrupt):
        train_channels([pictures[0]], [pictures[1]], FACES, RECIPE, tmp_path, "a command")
    assert not (tmp_path / "model.safetensors").exists()
    monkeypatch.setattr(module, "next_round", real)
    train_channels([pictures[0]], [pictures[1]], FACES, RECIPE, tmp_path, "a command")
    assert (tmp_path / "model.safetensors").read_bytes() == (trained / "model.safetensors").read_bytes()


def test_a_state_of_another_training_is_refused(trained: Path, pictures: tuple[Path, Path]) -> None:
    other = ChannelRecipe(trees=(4, 8), seed=3)
    with pytest.raises(UserError, match="of a training with other settings"):
        train_channels([pictures[0]], [pictures[1]], FACES, other, trained, "a command")


def test_a_broken_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.npz").write_bytes(b"not a zip")
    with pytest.raises(UserError, match="is damaged .*; (start|remove it to start) anew"):
        load_state(tmp_path, {})


def test_the_model_scores_windows_as_its_trees_do(trained: Path) -> None:
    cascade = load_channel_cascade(trained / "model.safetensors")
    crop = toy_face(np.random.default_rng(9))
    (score,) = cascade.trees.score(window_features(crop[None]))
    assert score > 0


def test_model_files_with_wrong_numbers_are_refused(trained: Path, tmp_path: Path) -> None:
    cascade = load_channel_cascade(trained / "model.safetensors")
    broken = ChannelCascade(cascade.trees, cascade.lambdas)
    broken.trees.features[0, 0] = 1_000_000
    save_channel_cascade(tmp_path / "broken.safetensors", broken)
    with pytest.raises(UserError, match="features: expected whole numbers from 0 to 2047"):
        load_channel_cascade(tmp_path / "broken.safetensors")
