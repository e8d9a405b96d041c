"""`eigen2arc verify`, in process: its output, and weights that must not be trusted."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from safetensors.numpy import save_file

from eigen2arc.compare.commands.verify import verify
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read, write

CLASSICAL = {"detector": "viola_jones", "aligner": "eyes", "encoder": "lbp_histogram", "device": "cpu"}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two images of one synthetic person, one of another, and one of nobody."""
    people = plugins.build("dataset", "synthetic", people=2, images_per_person=2, seed=1, difficulty=0.0)
    folder = tmp_path_factory.mktemp("images")
    images = [people.images[0], people.images[1], people.images[2], np.full((90, 90, 3), 128, np.uint8)]
    for i, image in enumerate(images):
        write(folder / f"{i}.png", image)
    return [folder / f"{i}.png" for i in range(4)]


def test_one_person_scores_above_two(images: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for other in images[:3]:
        verify(images[0], other, **CLASSICAL, json=True)
        answers.append(json.loads(capsys.readouterr().out))
    itself, same, different = (answer["score"] for answer in answers)
    assert itself == 0 > same > different
    assert all(answer["matcher"] == "chi_square" and answer["face_found"] == [True, True] for answer in answers)


def test_without_a_face_there_is_no_score(images: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    for json_wanted in (False, True):
        with pytest.raises(typer.Exit) as stopped:
            verify(images[0], images[3], **CLASSICAL, json=json_wanted)
        out, errors = capsys.readouterr()
        assert stopped.value.exit_code == 1
        assert "3.png: no face was found" in errors and "0.png" not in errors
        answer = json.loads(out) if json_wanted else {}
        assert not json_wanted or (answer["score"], answer["face_found"]) == (None, [True, False])
        assert json_wanted or out == ""


def test_of_a_group_the_compared_face_is_named(
    images: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person of the first image stands at the edge of the group, somebody else in its middle."""
    asked, other = read(images[0]), read(images[2])
    group = np.hstack([asked, other, np.full_like(other, 128)])
    write(tmp_path / "group.png", group)
    answers = {}
    for best in (False, True):
        verify(images[0], tmp_path / "group.png", **CLASSICAL, best=best, json=True)
        answers[best] = json.loads(capsys.readouterr().out)
        verify(images[0], tmp_path / "group.png", **CLASSICAL, best=best)
        box = " ".join(f"{v:.0f}" for v in answers[best]["images"][1]["box"])
        assert f"group.png: 2 faces; compared was the one in box {box}\n" in capsys.readouterr().out
    left = [answers[best]["images"][1]["box"][0] for best in (True, False)]
    assert left[0] < asked.shape[1] < left[1] and answers[True]["score"] > answers[False]["score"]
    assert [one["faces"] for one in answers[True]["images"]] == [1, 2]


def test_preprocessing_changes_what_is_compared(images: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    scores = []
    for steps in ("", "tan_triggs", "[{name = 'gamma', gamma = 0.2}, 'tan_triggs']"):
        verify(images[0], images[1], **CLASSICAL, preprocessing=steps, json=True)
        scores.append(json.loads(capsys.readouterr().out)["score"])
    assert len(set(scores)) == 3
    with pytest.raises(UserError, match="no preprocessing is called 'gama': did you mean 'gamma'"):
        verify(images[0], images[1], **CLASSICAL, preprocessing="gama")


def test_crops_of_another_size_than_a_model_was_fitted_on_are_refused(images: list[Path], tmp_path: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (6, 80, 80, 3), dtype=np.uint8)
    plugins.build("encoder", "eigenfaces").fit(crops, np.arange(6)).save(tmp_path / "model.safetensors")
    given = {**CLASSICAL, "encoder": "eigenfaces"}
    model = f"encoder.model={tmp_path / 'model.safetensors'}"
    with pytest.raises(
        UserError, match=r"eigenfaces: crops: fitted on 80 x 80 pixels, got 112 x 112\. .*aligner\.size_px"
    ):
        verify(images[0], images[1], **given, settings=[model])
    verify(images[0], images[1], **given, settings=[model, "aligner.size_px=80"])


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("exploded"),))


def bad_weights(folder: Path) -> dict[str, Path]:
    (folder / "pickle.pt").write_bytes(pickle.dumps(Bomb()))
    torch.save({"layer": Bomb()}, folder / "torch.pt")
    save_file({"conv.weight": np.zeros((3, 3), np.float32)}, folder / "shape.safetensors")
    (folder / "empty.safetensors").write_bytes(b"")
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("encoder", ["embedding", "onnx", "eigenfaces"])
@pytest.mark.parametrize("name", ["pickle.pt", "torch.pt", "shape.safetensors", "empty.safetensors"])
def test_weights_that_do_not_fit_are_refused_and_never_run(
    encoder: str, name: str, images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    setting = "weights" if encoder == "embedding" else "model"
    path = bad_weights(tmp_path)[name]
    with pytest.raises(UserError, match=name):
        verify(
            *images[:2],
            detector="viola_jones",
            aligner="eyes",
            encoder=encoder,
            device="cpu",
            settings=[f"encoder.{setting}={path}"],
        )
    assert not (tmp_path / "exploded").exists()
