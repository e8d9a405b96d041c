"""What a run says of people and pictures that are in its fit data and in its test."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.runner.guards import compare_with_tests, select_tested
from eigen2arc.core.artefacts import Store
from eigen2arc.core.image import decode, encode, read
from eigen2arc.core.types import GALLERY, PROBE, UNUSED, Dataset, Trials
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.datasets.readers.synthetic import build


def renamed(dataset: Dataset, names: list[str], images: list[np.ndarray] | None = None) -> Dataset:
    made = [dataset.images[n].copy() for n in range(len(dataset.images))] if images is None else images
    return replace(dataset, images=ArrayImages(made, tuple(dataset.images.names)), people=tuple(names), trials=None)


def test_names_and_pictures_are_found_and_shown(tmp_path: Path) -> None:
    sets = [build(people=4, images_per_person=2, seed=seed, size_px=64) for seed in (1, 2)]
    fit = renamed(sets[0], ["Ada", "Bob", "Cy", "Dee"])
    images = [sets[1].images[n].copy() for n in range(8)]
    images[5] = decode(encode(np.ascontiguousarray(fit.images[7][:, ::-1]), ".jpg", jpeg_quality=60))
    test = renamed(sets[1], ["ADA", "Eve", "Flo", "Gus"], images)
    detection = {"detection": fit}  # who is in a scene is nobody's business
    guards = compare_with_tests(
        fit, {"identification": test, **detection}, Store(tmp_path / "artefacts"), Progress(disable=True), tmp_path
    )
    assert [guard["task"] for guard in guards] == ["identification"]
    people, pictures = guards[0]["people"], guards[0]["pictures"]
    assert [(one["training"], one["test"], one["by"]) for one in people] == [
        ("Ada", "ADA", ["name"]),
        ("Dee", "Flo", ["picture"]),
    ]
    assert [(one["kind"], one["people"], one["images"]) for one in pictures] == [
        ("mirrored", ["Dee", "Flo"], [fit.images.names[7], test.images.names[5]])
    ]
    assert guards[0]["kinds"] == {"identical": 0, "near": 0, "mirrored": 1}
    assert guards[0]["test"]["images"] == 4, "the probes: the first image of each person is enrolled"
    for one in (*people, *pictures):
        assert [read(tmp_path / file).shape for file in one["files"]] == [(64, 64, 3)] * 2


def test_numbers_name_nobody_and_a_set_without_people_is_named(tmp_path: Path) -> None:
    drawn = [build(people=3, images_per_person=2, seed=seed, size_px=48) for seed in (1, 2)]
    store = Store(tmp_path / "artefacts")
    numbered = compare_with_tests(drawn[0], {"factors": drawn[1]}, store, Progress(disable=True), tmp_path)[0]
    assert numbered["people"] == [] and numbered["numbered"] == 3 and numbered["unnamed"] == []
    nobody = replace(drawn[1], labels=None, people=(), trials=None, fold=None)
    guard = compare_with_tests(drawn[0], {"verification": nobody}, store, Progress(disable=True), tmp_path)[0]
    assert guard["unnamed"] == ["synthetic"] and guard["people"] == [] and guard["test"]["people"] == 0


def test_what_is_tested() -> None:
    whole = replace(build(people=3, images_per_person=2, size_px=32), trials=None)
    pairs = Trials(np.array([1, 1]), np.array([4, 2]), np.array([True, False]), np.zeros(2))
    names = list(whole.images.names)
    assert select_tested(replace(whole, trials=pairs), "verification").images.names == [names[n] for n in (1, 2, 4)]
    splits = np.array(
        [[GALLERY, PROBE, UNUSED, GALLERY, UNUSED, UNUSED], [GALLERY, GALLERY, PROBE, UNUSED, UNUSED, PROBE]]
    )
    assert select_tested(replace(whole, splits=splits), "identification").images.names == [names[n] for n in (1, 2, 5)]
    assert select_tested(whole, "verification") is whole
