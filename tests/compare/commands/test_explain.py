"""`eigen2arc explain`, in process: figures of every step and encoder, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.compare.commands import explain_encoder
from eigen2arc.compare.commands.explain_detector import detector
from eigen2arc.compare.commands.explain_encoder import encoder
from eigen2arc.compare.commands.explain_preprocessing import preprocessing
from eigen2arc.compare.explain import faces as explain_faces
from eigen2arc.compare.explain import figure as explain_figure
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write

CLASSICAL = {"detector": "viola_jones", "device": "cpu"}
SMALL = ["aligner.size_px=48"]


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = plugins.build("dataset", "synthetic", people=1, images_per_person=1, seed=1, difficulty=0.0)
    path = tmp_path_factory.mktemp("pictures") / "face.png"
    write(path, people.images[0])
    return path


@pytest.fixture(autouse=True)
def small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coarse figure, few people to learn from."""
    monkeypatch.setattr(explain_figure, "DOTS_PER_INCH", 50)
    monkeypatch.setattr(explain_faces, "IMAGE_PX", 96)
    monkeypatch.setattr(explain_encoder, "PEOPLE", 5)
    monkeypatch.setattr(explain_encoder, "IMAGES_EACH", 4)


def check_figure(path: Path) -> np.ndarray:
    """A PNG file with more on it than one colour; returns its pixels."""
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        pixels = np.asarray(picture.convert("RGB"))
    assert min(pixels.shape[:2]) > 100 and pixels.std() > 10
    return pixels


def test_a_face_after_each_step(face: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "strip.png"
    preprocessing(face, out, **CLASSICAL, settings=SMALL)
    check_figure(out)
    assert capsys.readouterr().out == f"{out}: the original and {len(plugins.plugins('preprocessing'))} steps\n"
    assert [path.name for path in out.parent.iterdir()] == ["strip.png"]


def test_without_an_image_a_synthetic_face_in_several_lights(tmp_path: Path) -> None:
    steps = "gamma,median_filter + tan_triggs"
    preprocessing(None, tmp_path / "a.png", steps, **CLASSICAL, settings=SMALL)
    preprocessing(None, tmp_path / "b.png", steps, **CLASSICAL, settings=SMALL)
    preprocessing(None, tmp_path / "c.png", steps, **CLASSICAL, settings=[*SMALL, "gamma.gamma=0.1"])
    first, again, other = (check_figure(tmp_path / f"{name}.png") for name in "abc")
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_where_no_face_is_found_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "nobody.png", np.full((90, 90, 3), 128, np.uint8))
    preprocessing(tmp_path / "nobody.png", tmp_path / "out.png", "log", **CLASSICAL, settings=SMALL)
    encoder("hog_grid", tmp_path / "nobody.png", tmp_path / "hog.png", **CLASSICAL, settings=SMALL)
    assert capsys.readouterr().out.count("nobody.png: no face was found; the image's centre is shown") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": "gama"}, "no preprocessing is called 'gama': did you mean 'gamma'"),
        ({"steps": "gamma,,log"}, "--steps gamma,,log: a name is missing"),
        ({"out": Path("strip.jpg")}, "--out strip.jpg: .* ends in .png"),
        (
            {"steps": "gamma", "settings": ["log.base=2"]},
            "--set log.base: expected .* one of detector, aligner, gamma",
        ),
        ({"steps": "gamma", "settings": ["gamma.gamma=-1"]}, "gamma: gamma = -1: expected a number"),
        ({"image": Path("missing.png")}, "missing.png: cannot be read"),
    ],
)
def test_mistakes_are_named_and_nothing_is_written(
    arguments: dict, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        preprocessing(**CLASSICAL | arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["hog_grid", "fisherfaces"])  # all of them: tests/contracts/test_explainers.py
def test_what_an_encoder_sees(name: str, face: Path, tmp_path: Path) -> None:
    encoder(name, face, tmp_path / "out.png", **CLASSICAL, settings=SMALL)
    check_figure(tmp_path / "out.png")


@pytest.mark.parametrize("name", ["eigenfaces", "fisherfaces", "sift_bag_of_words"])
def test_a_model_of_ones_own_is_drawn_as_it_is(
    name: str, tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    crops = rng.integers(0, 256, (12, 48, 48, 3), dtype=np.uint8)
    fitted = plugins.build("encoder", name).fit(crops, np.arange(4).repeat(3))
    fitted.save(tmp_path / "model.safetensors")
    setting = f"encoder.model={tmp_path / 'model.safetensors'}"
    monkeypatch.delattr(type(fitted), "fit")
    encoder(name, None, tmp_path / "out.png", **CLASSICAL, settings=[*SMALL, setting])
    check_figure(tmp_path / "out.png")
    with pytest.raises(UserError, match="crops of 48 px, the aligner cuts 112: --set aligner.size_px=48"):
        encoder(name, None, tmp_path / "other.png", **CLASSICAL, settings=[setting])


@pytest.mark.parametrize("settings", [{"radius_px": [1, 2]}, {"neighbours": 4}, {"grid": [3, 5]}])
def test_lbp_of_several_scales_or_grids(settings: dict, tmp_path: Path) -> None:
    pairs = [f"encoder.{key}={value}" for key, value in settings.items()]
    encoder("lbp_histogram", None, tmp_path / "out.png", **CLASSICAL, settings=[*SMALL, *pairs])
    check_figure(tmp_path / "out.png")


@pytest.mark.parametrize(
    ("name", "setting"), [("lbp_histogram", "grid=60"), ("gabor_jets", "grid=60"), ("hog_grid", "cell_px=40")]
)
def test_settings_that_do_not_fit_the_crop_are_named(name: str, setting: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{name}: crops: .* do not fit into "):
        encoder(name, None, tmp_path / "out.png", **CLASSICAL, settings=[*SMALL, f"encoder.{setting}"])
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no figure of what onnx sees: choose one of eigenfaces, fisherfaces, "):
        encoder("onnx", None, tmp_path / "out.png")
    with pytest.raises(UserError, match="no encoder is called 'eigenface': did you mean 'eigenfaces'"):
        encoder("eigenface", None, tmp_path / "out.png")


def test_the_stages_of_mtcnn(face: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    detector("mtcnn", face, tmp_path / "stages.png", device="cpu")
    check_figure(tmp_path / "stages.png")
    assert capsys.readouterr().out == f"{tmp_path / 'stages.png'}: the stages of mtcnn\n"
    with pytest.raises(UserError, match="smallest face searched for, detector.min_size_px=400"):
        detector("mtcnn", face, tmp_path / "stages.png", device="cpu", settings=["detector.min_size_px=400"])
    with pytest.raises(UserError, match="there is no figure of viola_jones's stages: choose one of mtcnn"):
        detector("viola_jones", face, tmp_path / "stages.png")
