"""What every encoder promises. A new encoder needs one line in CASES: how to build it, and for what crops."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core import plugins
from eigen2arc.core.component import Component, ComposedEncoder
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import TRAINED_WITH, Encoder, FittedEncoder
from eigen2arc.deep.encode.encoders.dlib_resnet import DlibResnet
from eigen2arc.deep.encode.encoders.facenet import FaceNet
from eigen2arc.deep.encode.network.dlib_resnet import DlibResNet, Plan

PEOPLE, IMAGES_EACH = 6, 5


@dataclass(frozen=True)
class Case:
    """How an encoder is built (given a folder for its files), the crops it takes, and how far a vector may differ
    between one crop alone and the same crop among others, as a share of the largest value."""

    build: Callable[[Path], Encoder]
    size_px: int = 32
    tolerance: float = 0.0


def plain(name: str) -> Case:
    return Case(lambda folder: plugins.build("encoder", name))


def onnx_network(folder: Path) -> Encoder:
    """A random linear layer on the pixels."""
    weights = np.random.default_rng(0).normal(size=(3 * 32 * 32, 16)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["crop"], ["pixels"]),
            helper.make_node("MatMul", ["pixels", "weights"], ["vector"]),
        ],
        "linear",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, ["n", 3, 32, 32])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["n", 16])],
        [numpy_helper.from_array(weights, "weights")],
    )
    path = folder / "linear.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return plugins.build("encoder", "onnx", model=path, size_px=32)


class Coarse(torch.nn.Module):
    """Stands in for a network that is a download: the crop in four by four averages."""

    embedding_size = 48

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(crops, 4).flatten(1)


def small_dlib_resnet(folder: Path) -> Encoder:
    torch.manual_seed(0)
    plan = Plan(levels=((8, 1), (16, 1)), fc_outputs=16, size_px=60)
    return DlibResnet(DlibResNet(plan).eval(), "dlib_chip", torch.device("cpu"))


def projected(mirrored: bool) -> dict[str, Any]:
    """With all 29 components, a whitened PCA of 30 crops would tell every crop from every other."""
    projections = ["square_root", {"name": "whitened_pca", "components": 10}, "joint_bayesian"]
    return {"name": "projected", "base": "lbp_histogram", "projections": projections, "mirrored": mirrored}


CASES = {
    "embedding": Case(lambda folder: plugins.build("encoder", "embedding"), size_px=112, tolerance=1e-4),
    "dlib_resnet": Case(small_dlib_resnet, size_px=60, tolerance=1e-5),
    "eigenfaces": plain("eigenfaces"),
    "facenet": Case(lambda folder: FaceNet(Coarse(), torch.device("cpu")), tolerance=1e-5),
    # Thirty crops are too few for the default mixture: its Gaussians would each describe one person.
    "fisher_vector_faces": Case(
        lambda folder: plugins.build("encoder", "fisher_vector_faces", components=4, stride_px=4)
    ),
    "fisherfaces": plain("fisherfaces"),
    "fusion": Case(lambda folder: plugins.build("encoder", "fusion", members=[projected(mirrored=False), "hog_grid"])),
    "from_scratch": Case(
        lambda folder: plugins.build(
            "encoder",
            "from_scratch",
            backbone={"name": "mobilefacenet", "width": 0.125, "size_px": 32},
            embedding_size=16,
            steps=40,
            batch_size=15,
            device="cpu",
        ),
        tolerance=1e-4,
    ),
    "gabor_jets": plain("gabor_jets"),
    "hog_grid": plain("hog_grid"),
    "high_dim_lbp": plain("high_dim_lbp"),
    "lbp_histogram": plain("lbp_histogram"),
    "lgbphs": plain("lgbphs"),
    "onnx": Case(onnx_network, tolerance=1e-5),
    "opencv_eigenfaces": Case(lambda folder: plugins.build("encoder", "opencv_eigenfaces"), tolerance=1e-5),
    "opencv_fisherfaces": Case(lambda folder: plugins.build("encoder", "opencv_fisherfaces"), tolerance=1e-5),
    "opencv_lbph": plain("opencv_lbph"),
    "sift_bag_of_words": plain("sift_bag_of_words"),
    "projected": Case(lambda folder: plugins.build("encoder", **projected(mirrored=True))),
    "symmetric": Case(lambda folder: plugins.build("encoder", "symmetric", base="lbp_histogram")),
}

ENCODERS = plugins.plugins("encoder")
LEARNERS = [name for name, plugin in ENCODERS.items() if plugin.learns]


def faces(size_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops of PEOPLE smooth patterns, each seen IMAGES_EACH times with noise, and whose they are."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(40, 216, (PEOPLE, 4, 4, 3))
    patterns = coarse.repeat(size_px // 4, axis=1).repeat(size_px // 4, axis=2)
    crops = patterns.repeat(IMAGES_EACH, axis=0) + rng.normal(0, 12, (PEOPLE * IMAGES_EACH, size_px, size_px, 3))
    return crops.clip(0, 255).astype(np.uint8), np.arange(PEOPLE).repeat(IMAGES_EACH)


@pytest.fixture(scope="module", params=list(ENCODERS))
def case(request: pytest.FixtureRequest) -> Case:
    assert request.param in CASES, f"encoder {request.param} has no line in CASES of {Path(__file__).name}"
    return CASES[request.param]


@pytest.fixture
def crops(case: Case) -> np.ndarray:
    return faces(case.size_px)[0]


@pytest.fixture(scope="module")
def encoder(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """One for all tests, as some take seconds to fit: whoever encodes changes nothing."""
    built = case.build(tmp_path_factory.mktemp("encoder"))
    return built.fit(*faces(case.size_px)) if isinstance(built, FittedEncoder) else built


def assert_near(got: np.ndarray, wanted: np.ndarray, case: Case) -> None:
    np.testing.assert_allclose(got, wanted, rtol=0, atol=case.tolerance * np.abs(wanted).max())


def test_has_the_methods_and_names_a_matcher_that_exists(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.matcher in plugins.plugins("matcher")


def test_says_what_it_was_trained_with_elsewhere(encoder: Encoder) -> None:
    assert encoder.trained_with in TRAINED_WITH  # type: ignore[attr-defined]


def test_vectors_are_float32_finite_and_one_per_crop(encoder: Encoder, crops: np.ndarray) -> None:
    vectors = encoder.encode(crops)
    assert vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == len(crops)
    assert vectors.shape[1] > 0 and np.isfinite(vectors).all()


def test_no_crops_give_no_vectors_of_the_same_width(encoder: Encoder, crops: np.ndarray) -> None:
    nothing = encoder.encode(crops[:0])
    assert nothing.dtype == np.float32 and nothing.shape == (0, encoder.encode(crops[:1]).shape[1])


def test_a_crop_alone_gets_the_vector_that_it_gets_among_others(
    encoder: Encoder, crops: np.ndarray, case: Case
) -> None:
    many = np.concatenate([crops, crops[::-1], crops])  # more than one block of those who work in blocks
    together = encoder.encode(many)
    assert_near(together, np.concatenate([encoder.encode(crop[None]) for crop in many]), case)


def test_order_does_not_matter(encoder: Encoder, crops: np.ndarray, case: Case, rng: np.random.Generator) -> None:
    order = rng.permutation(len(crops))
    assert_near(encoder.encode(crops[order]), encoder.encode(crops)[order], case)


def test_the_same_crops_give_the_same_vectors_and_stay_untouched(encoder: Encoder, crops: np.ndarray) -> None:
    before = crops.copy()
    np.testing.assert_array_equal(encoder.encode(crops), encoder.encode(crops))
    np.testing.assert_array_equal(crops, before)


def test_a_view_is_as_good_as_a_copy(encoder: Encoder, crops: np.ndarray, case: Case) -> None:
    strided = crops[::2, :, ::-1]
    assert not strided.flags.c_contiguous
    assert_near(encoder.encode(strided), encoder.encode(strided.copy()), case)


def test_black_and_white_crops_are_encoded_too(encoder: Encoder, case: Case) -> None:
    flat = np.zeros((2, case.size_px, case.size_px, 3), np.uint8)
    flat[1] = 255
    assert np.isfinite(encoder.encode(flat)).all()


@pytest.mark.parametrize("wrong", ["float", "one crop", "grey", "not square"])
def test_other_arrays_are_refused_by_name(encoder: Encoder, crops: np.ndarray, wrong: str) -> None:
    array = {
        "float": crops.astype(np.float32),
        "one crop": crops[0],
        "grey": crops[..., 0],
        "not square": crops[:, 1:],
    }[wrong]
    with pytest.raises(ValueError, match=r"crops: expected .*, got"):
        encoder.encode(array)


def test_its_matcher_finds_each_person_again(encoder: Encoder, crops: np.ndarray) -> None:
    """Six patterns under light noise: even a random linear layer keeps them apart."""
    matcher = plugins.build("matcher", encoder.matcher)
    score = matcher.score(encoder.encode(crops), encoder.encode(crops))
    np.fill_diagonal(score, -np.inf)
    labels = faces(crops.shape[1])[1]
    np.testing.assert_array_equal(labels[score.argmax(axis=1)], labels)


@pytest.mark.parametrize("name", LEARNERS)
def test_encoding_before_fit_says_what_to_do(name: str, tmp_path: Path) -> None:
    crops, _ = faces(CASES[name].size_px)
    with pytest.raises(UserError, match="fit"):
        CASES[name].build(tmp_path).encode(crops)


@pytest.mark.parametrize("name", LEARNERS)
def test_crops_of_another_size_than_the_fitted_are_refused(name: str, tmp_path: Path) -> None:
    encoder = CASES[name].build(tmp_path).fit(*faces(32))
    with pytest.raises(ValueError, match="fitted on 32 x 32 pixels, got 16 x 16"):
        encoder.encode(faces(16)[0])


@pytest.mark.parametrize("name", LEARNERS)
def test_fit_is_deterministic_and_returns_the_encoder(name: str, tmp_path: Path) -> None:
    crops, labels = faces(32)
    first, second = (CASES[name].build(tmp_path) for _ in range(2))
    assert first.fit(crops, labels) is first
    np.testing.assert_array_equal(first.encode(crops), second.fit(crops, labels).encode(crops))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_saved_model_encodes_as_before(name: str, tmp_path: Path) -> None:
    crops, labels = faces(32)
    fitted = CASES[name].build(tmp_path).fit(crops, labels)
    fitted.save(tmp_path / "model.safetensors")
    loaded = plugins.build("encoder", name, model=tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.encode(crops), fitted.encode(crops))


@pytest.mark.parametrize("name", [name for name, plugin in ENCODERS.items() if plugin.composed and plugin.learns])
def test_composed_ones_learn_from_their_childrens_vectors(name: str, tmp_path: Path) -> None:
    """Who fits one many times on parts of the same crops computes the vectors of ``children`` once."""
    crops, labels = faces(32)
    composed = CASES[name].build(tmp_path)
    assert isinstance(composed, ComposedEncoder)
    children = [child.fresh() for child in composed.children()]
    for child, encoder in zip(composed.children(), children, strict=True):
        assert isinstance(child, Component)
        if child.learns:
            encoder.fit(crops, labels)
    rows = composed.sample(len(crops))
    assert composed.fit_vectors([one.encode(crops[rows]) for one in children], labels[rows]) is composed
    wanted = CASES[name].build(tmp_path).fit(crops, labels).encode(crops)
    np.testing.assert_array_equal(composed.combine([one.encode(crops) for one in children]), wanted)
