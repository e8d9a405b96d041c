"""Images under stress: in order, seeded by name alone, lazily, around the face; and drawn anew where they are drawn."""

import numpy as np
import pytest

from eigen2arc.compare.runner.subset import CachedImages
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.subset import select
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.generator.identity import sample_identity
from eigen2arc.datasets.generator.render import render
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.datasets.images.stressed import StressedImages, face_box, stressed


def stress(name: str, **settings: object) -> Component:
    return Component("stress", name, settings)


def dataset(names: tuple[str, ...] = ("a", "b", "c"), faces: bool = False) -> Dataset:
    images = ArrayImages([np.full((20, 30, 3), 60 + 10 * i, np.uint8) for i in range(len(names))], names)
    boxes = tuple(Faces([[1, 2, 9, 12], [0, 0, 2, 2]], [1, 1]) for _ in names) if faces else None
    return Dataset("toy", images, faces=boxes)


def test_levels_come_from_the_weakest_to_the_strongest_each_once() -> None:
    made = StressedImages(dataset(), np.array([0, 2]), stress("jpeg", levels=[5, 50, 50, 20]))
    assert made.levels == (50, 20, 5)
    assert made.names == ("jpeg_50/a", "jpeg_50/c", "jpeg_20/a", "jpeg_20/c", "jpeg_5/a", "jpeg_5/c") and len(made) == 6
    assert StressedImages(dataset(), np.array([0]), stress("resolution", levels=[8, 16])).levels == (16, 8)
    assert StressedImages(dataset(), np.array([0]), stress("noise", levels=[9, 3])).levels == (3, 9)


def test_chance_hangs_on_the_name_alone() -> None:
    noise = stress("noise", levels=[4.0, 8.0])
    made = StressedImages(dataset(), np.array([0, 2]), noise)
    grain = [made[k].astype(float) - (60, 80)[k % 2] for k in range(4)]
    np.testing.assert_allclose(2 * grain[0], grain[2], atol=1.6)
    assert np.abs(grain[0] - grain[1]).mean() > 2
    alone = StressedImages(dataset(("c", "x")), np.array([0]), noise)
    np.testing.assert_array_equal(alone[0].astype(float) - 60, grain[1])
    np.testing.assert_array_equal(made[3], StressedImages(dataset(), np.array([0, 2]), noise)[3])


def test_the_face_is_the_annotated_one_else_the_square_in_the_centre() -> None:
    annotated, plain = dataset(faces=True), dataset()
    assert face_box(annotated, 0, annotated.images[0]).tolist() == [1, 2, 9, 12]
    assert face_box(plain, 0, plain.images[0]).tolist() == [10, 5, 20, 15]
    covered = StressedImages(annotated, np.array([0]), stress("occlusion", levels=[1.0]))[0]
    assert (covered[2:12, 1:9] == 128).all() and (covered != 60).all(axis=2).sum() == 80


def test_an_annotation_stays_where_it_still_holds() -> None:
    made = stressed(dataset(faces=True), np.array([1, 2]), stress("blur"))
    assert made.faces is not None and len(made.faces) == len(made.images) == 2 * 6
    assert made.faces[7].boxes[0].tolist() == [1, 2, 9, 12]
    assert stressed(dataset(faces=True), np.array([1]), stress("rotation")).faces is None
    assert made.labels is None and made.trials is None


def test_whatever_changes_an_image_changes_the_version() -> None:
    first = StressedImages(dataset(), np.array([0, 2]), stress("blur")).version
    others = [
        StressedImages(dataset(), np.array([0, 1]), stress("blur")),
        StressedImages(dataset(), np.array([0, 2]), stress("blur", levels=[0.1])),
        StressedImages(dataset(), np.array([0, 2]), stress("noise")),
        StressedImages(dataset(("a", "b", "d")), np.array([0, 2]), stress("blur")),
        StressedImages(dataset(faces=True), np.array([0, 2]), stress("blur")),
    ]
    assert len({first, *(one.version for one in others)}) == 6
    assert StressedImages(dataset(), np.array([0, 2]), stress("blur")).version == first


def test_a_drawn_image_is_drawn_anew_through_subsets_and_caches() -> None:
    people = build("dataset", "synthetic", people=2, images_per_person=2, size_px=32)
    part = select(people, np.array([1, 3]), None, None)
    cached = Dataset("part", CachedImages(part.images))
    older = StressedImages(cached, np.array([1]), stress("age", levels=[30]))[0]
    factors = people.images.factors[3]
    changed = build("stress", "age").change(factors, 30, np.random.default_rng(0))
    assert changed.age_years > factors.age_years + 20
    person = sample_identity(people.images.identity_seeds[3])
    np.testing.assert_array_equal(older, render(person, changed, size_px=32).image)
    with pytest.raises(UserError, match="stress pose: images of toy are not drawn"):
        StressedImages(dataset(), np.array([0]), stress("pose"))
