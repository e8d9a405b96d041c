"""An opened gallery: the most alike people as a slow loop finds them, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.recognize.gallery.audit import Neighbours, faults, neighbours, suspicious
from eigen2arc.recognize.gallery.calibrating import calibrate, keep_strangers
from eigen2arc.recognize.gallery.export import export
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits

from .conftest import EACH, NAMES


def slow(gallery: Gallery, vector: np.ndarray, without: int = -1) -> list[tuple[str, float]]:
    """The cosine with each person's mean direction, by going through every image."""
    sums: dict[str, np.ndarray] = {}
    for one in gallery.ledger.images():
        if one.id != without:
            other = gallery.store.vectors(np.array([one.id]))[0].astype(np.float64)
            sums[one.person] = sums.get(one.person, np.zeros(len(other))) + other / np.linalg.norm(other)
    cosines = {
        name: float(vector @ mean / np.linalg.norm(vector) / np.linalg.norm(mean)) for name, mean in sums.items()
    }
    return sorted(cosines.items(), key=lambda item: -item[1])


def test_candidates_are_the_most_alike_people(build, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery, _ = build(photos)
    monkeypatch.setattr("eigen2arc.recognize.stores.nearest_people.FIRST_IMAGES", 2)  # so that it has to look again
    vectors = gallery.store.vectors(np.array([2, 7, 11]))
    gallery.store.add(np.array([500, 501]), vectors[:2])  # what a killed process left
    for vector, found in zip(vectors, gallery.candidates(vectors, people=len(NAMES)), strict=True):
        expected = slow(gallery, vector)
        assert [one.person for one in found] == [name for name, _ in expected]
        np.testing.assert_allclose([one.score for one in found], [score for _, score in expected], atol=1e-5)
    assert len(gallery.candidates(vectors[:1], people=50)[0]) == len(NAMES)
    assert gallery.person_of(np.array([[1, 500], [-1, 4]])).tolist() == [["Ada", None], [None, "Bob"]]


def test_each_image_is_looked_up_without_itself(build, photos: Path) -> None:
    gallery, _ = build(photos)
    ids, _, _ = gallery.ledger.labels()
    for one in neighbours(gallery, ids):
        vector = gallery.store.vectors(np.array([one.image]))[0]
        expected = slow(gallery, vector, one.image)
        own = dict(expected)[one.person]
        other = next(pair for pair in expected if pair[0] != one.person)
        assert one.own == pytest.approx(own, abs=1e-5) and one.other == other[0]
        assert one.score == pytest.approx(other[1], abs=1e-5)


def test_who_would_be_named_as_somebody_else_is_suspicious() -> None:
    found = [
        Neighbours(1, "Ada", 0.9, "Bob", 0.8),
        Neighbours(2, "Ada", 0.3, "Bob", 0.8),
        Neighbours(3, "Ada", 0.3, "Bob", 0.4),
        Neighbours(4, "Cem", None, "Bob", 0.8),
        Neighbours(5, "Cem", None, "", -np.inf),
    ]
    assert [one.image for one in suspicious(found, 0.5)] == [2, 4] and suspicious(found, None) == []


def test_other_formats_and_other_encoders_are_refused(build, photos: Path, tmp_path: Path) -> None:
    gallery, _ = build(photos, "Ada")
    path = gallery.folder / "gallery.json"
    about = json.loads(path.read_text())
    with pytest.raises(UserError, match="is no gallery, it has no gallery.json"):
        Gallery.open(tmp_path)
    write_json(path, {**about, "format": 2})
    with pytest.raises(UserError, match="of format 2; this version reads format 1"):
        Gallery.open(gallery.folder)
    write_json(path, {**about, "store": "../elsewhere"})
    with pytest.raises(UserError, match="the store '../elsewhere' is no address: milvus://HOST:PORT/COLLECTION"):
        Gallery.open(gallery.folder)
    write_json(path, {**about, "pattern": [-value for value in about["pattern"]]})
    with pytest.raises(UserError, match="the encoder hog_grid is another one than when the people were enrolled"):
        _ = Gallery.open(gallery.folder).reader
    write_json(path, about)
    assert faults(Gallery.open(gallery.folder)) == []
    (gallery.folder / "people.sqlite").write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(UserError, match="people.sqlite: is "):
        Gallery.open(gallery.folder)


def test_a_damaged_gallery_is_told(build, photos: Path) -> None:
    gallery, _ = build(photos)
    ids = gallery.store.ids()
    gallery.store.add(ids[:1], -gallery.store.vectors(ids[:1]))
    gallery.store.remove(ids[4:6])
    gallery.store.add(np.array([77]), gallery.store.vectors(ids[:1]))
    found = faults(Gallery.open(gallery.folder, "cpu"))
    assert len(found) == 3 and "2 of 18 vectors are missing" in found[0] and "1 vectors are nobody's" in found[1]
    assert "the vector of Ada/0.png is not the one that was enrolled" in found[2]


def test_the_calibration_is_of_the_people_who_are_there(build, photos: Path, tmp_path: Path) -> None:
    gallery, _ = build(photos, *NAMES[:4])
    assert gallery.calibration is None
    made = calibrate(gallery)
    assert made is not None and Gallery.open(gallery.folder).calibration == made
    assert (made.people, made.images, made.data) == (4, 4 * EACH, "the gallery's own 4 people")
    gallery.ledger.rename("Ada", "Zoe")
    assert gallery.calibration == made
    gallery.ledger.remove([1], [])
    assert gallery.calibration is None  # outdated
    gallery.store.remove(np.array([1]))
    files = [(name, path) for name in NAMES[4:] for path in sorted((photos / name).iterdir())]
    kept, left_out = keep_strangers(gallery, [*files, ("x", photos / "Bob/0.png")], Limits(), lambda: None)
    assert kept == 2 * EACH and len(left_out) == 1 and "0.png of Bob, who is no stranger" in left_out[0][1]
    made = calibrate(gallery)
    assert made is not None and made.stranger_people == 4 + 2 and "and 6 images of strangers" in made.data
    assert not any(b"Eve" in path.read_bytes() for path in gallery.folder.rglob("*") if path.is_file())
    (gallery.folder / "strangers.safetensors").write_bytes(b"no tensors")
    with pytest.raises(UserError, match="strangers.safetensors: is not a safetensors file"):
        calibrate(gallery)


def test_what_is_exported_is_what_is_in_it(build, photos: Path, tmp_path: Path) -> None:
    import csv

    from safetensors.numpy import load_file

    gallery, _ = build(photos)
    export(gallery, tmp_path / "out")
    tensors = load_file(tmp_path / "out/vectors.safetensors")
    with (tmp_path / "out/images.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["id"]) for row in rows] == tensors["id"].tolist() and len(rows) == len(NAMES) * EACH
    for row, vector in zip(rows, tensors["vectors"], strict=True):
        assert gallery.person_of(np.array([int(row["id"])])).tolist() == [row["person"]]
        assert (gallery.store.vectors(np.array([int(row["id"])]))[0] == vector).all()
    people = (tmp_path / "out/people.csv").read_text().splitlines()
    assert people == ["person,images", *(f"{name},{EACH}" for name in NAMES)]
