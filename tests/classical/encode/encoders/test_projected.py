"""An encoder with projections behind it against the parts taken one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

PROJECTIONS = ["square_root", {"name": "whitened_pca", "components": 6}, "joint_bayesian"]


def people(rng: np.random.Generator, count: int = 8, each: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Crops (N, 24, 24, 3) of patterns under noise, and whose they are."""
    labels = np.arange(count).repeat(each)
    coarse = rng.integers(30, 226, (count, 6, 6, 1)).repeat(4, axis=1).repeat(4, axis=2)
    crops = coarse[labels] + rng.normal(0, 15, (len(labels), 24, 24, 3))
    return crops.clip(0, 255).astype(np.uint8), labels


def projected(**settings: Any) -> Any:
    return build("encoder", "projected", **({"base": "lbp_histogram", "projections": PROJECTIONS} | settings))


def test_is_its_base_and_its_projections_in_order(rng: np.random.Generator) -> None:
    crops, labels = people(rng)
    vectors = build("encoder", "lbp_histogram").encode(crops)
    for step in (
        build("projection", "square_root"),
        build("projection", "whitened_pca", components=6),
        build("projection", "joint_bayesian"),
    ):
        vectors = step.fit(vectors, labels).transform(vectors)
    encoder = projected()
    np.testing.assert_array_equal(encoder.fit(crops, labels).encode(crops), vectors)
    assert encoder.matcher == "joint_bayesian" and encoder.children() == (Component("encoder", "lbp_histogram"),)


def test_the_matcher_is_the_last_that_is_named() -> None:
    assert projected(projections=["unit_length"]).matcher == "chi_square"
    assert projected(projections=["whitened_pca", "unit_length"]).matcher == "cosine"


def test_a_mirrored_crop_has_the_same_vector_if_mirrors_count(rng: np.random.Generator) -> None:
    crops, labels = people(rng)
    encoder = projected(mirrored=True).fit(crops, labels)
    mirror = np.ascontiguousarray(crops[:, :, ::-1])
    np.testing.assert_array_equal(encoder.encode(mirror), encoder.encode(crops))
    assert [one.table() for one in encoder.children()] == [{"name": "symmetric", "base": {"name": "lbp_histogram"}}]
    plain = projected().fit(crops, labels)
    assert np.abs(plain.encode(mirror) - plain.encode(crops)).max() > 0.01


def test_the_base_vectors_of_both_sides_are_averaged_and_learned_from(rng: np.random.Generator) -> None:
    crops, labels = people(rng)
    base = build("encoder", "lbp_histogram")
    mean = (base.encode(crops) + base.encode(crops[:, :, ::-1])) / 2
    by_hand = projected().fit_vectors([mean], labels).combine([mean])
    np.testing.assert_allclose(projected(mirrored=True).fit(crops, labels).encode(crops), by_hand, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_base_that_learns_is_fitted_and_saved_with_it(
    rng: np.random.Generator, mirrored: bool, tmp_path: Path
) -> None:
    crops, labels = people(rng)
    base = {"name": "eigenfaces", "components": 12}
    # The mean of both sides is the same number for every face along an antisymmetric eigenface.
    lda = {"name": "lda", "shrinkage": 0.1}
    encoder = projected(base=base, projections=[lda], mirrored=mirrored)
    assert encoder.children()[0].learns
    vectors = encoder.fit(crops, labels).encode(crops)
    encoder.save(tmp_path / "model")
    loaded = build("encoder", "projected", model=tmp_path / "model")
    np.testing.assert_array_equal(loaded.encode(crops), vectors)
    if not mirrored:
        rows = build("encoder", **base).fit(crops, labels).encode(crops)
        np.testing.assert_array_equal(vectors, build("projection", **lda).fit(rows, labels).transform(rows))


def test_a_base_with_a_model_of_its_own_stays_as_it_is(rng: np.random.Generator, tmp_path: Path) -> None:
    crops, labels = people(rng)
    build("encoder", "eigenfaces", components=12).fit(crops, labels).save(tmp_path / "base")
    table = {"name": "eigenfaces", "model": str(tmp_path / "base")}
    encoder = projected(base=table, projections=["lda"], mirrored=True)
    assert not encoder.children()[0].learns
    assert np.isfinite(encoder.fit(crops, labels).encode(crops)).all()


def test_more_crops_than_are_held_at_once(rng: np.random.Generator) -> None:
    crops, labels = people(rng)
    encoder = projected().fit(crops, labels)
    many = np.tile(crops, (9, 1, 1, 1))
    np.testing.assert_array_equal(encoder.encode(many), np.tile(encoder.encode(crops), (9, 1)))


def test_a_file_with_other_tensors_is_refused(rng: np.random.Generator, tmp_path: Path) -> None:
    encoder = projected().fit(*people(rng))
    tensors = encoder.tensors()
    tensors["projections.2.joint_bayesian.own"] = tensors["projections.2.joint_bayesian.own"][1:]
    encoder.tensors = lambda: tensors
    encoder.save(tmp_path / "model")
    with pytest.raises(UserError, match=r"projections.2.joint_bayesian.own: expected shape \(6\), got \(5,\)"):
        build("encoder", "projected", model=tmp_path / "model")


def test_nobody_with_two_images_is_said(rng: np.random.Generator) -> None:
    crops, _ = people(rng)
    with pytest.raises(UserError, match="people with two or more images"):
        projected().fit(crops, np.arange(len(crops)))
    with pytest.raises(ValueError, match=r"labels: expected shape \(32\), got \(31,\)"):
        projected().fit(crops, np.zeros(31))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base": None}, "needs a base, and a list of one or more projections"),
        ({"projections": []}, "needs a base, and a list of one or more projections"),
        ({"projections": "lda"}, "projected: projections = 'lda': expected a list, each a name, or a table of"),
        ({"base": {"components": 3}}, 'projected, base: expected a name, or a table with "name" and settings'),
        ({"projections": [{}]}, 'projected, projections: expected a name, or a table with "name" and settings'),
        ({"projections": ["ldaa"]}, "no projection is called 'ldaa': did you mean 'lda'"),
        ({"base": {"name": "lbp_histogram", "gird": 4}}, "did you mean 'grid'"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        projected(**settings)


def test_symmetric_learns_from_both_sides_what_its_base_learns(rng: np.random.Generator, tmp_path: Path) -> None:
    crops, labels = people(rng)
    encoder = build("encoder", "symmetric", base={"name": "eigenfaces", "components": 5}).fit(crops, labels)
    base = build("encoder", "eigenfaces", components=5).fit(
        np.concatenate([crops, crops[:, :, ::-1]]), np.tile(labels, 2)
    )
    mean = (base.encode(crops) + base.encode(np.ascontiguousarray(crops[:, :, ::-1]))) / 2
    np.testing.assert_array_equal(encoder.encode(crops), mean)
    encoder.save(tmp_path / "model")
    loaded = build("encoder", "symmetric", model=tmp_path / "model")
    np.testing.assert_array_equal(loaded.encode(crops), mean)
    with pytest.raises(UserError, match="symmetric needs a base"):
        build("encoder", "symmetric")
