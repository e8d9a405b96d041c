"""People are enrolled whole or not at all, whatever stops it, and nothing is read twice."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import encode, read, write
from eigen2arc.recognize.gallery import enrolment
from eigen2arc.recognize.gallery.enrolment import enrol, recover, remove
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits
from eigen2arc.recognize.gallery.ledger import Ledger

from .conftest import EACH, NAMES, photos_in

#: Bright above and dark below, without an edge.
SOFT = np.repeat(np.linspace(0, 255, 96).astype(np.uint8)[:, None], 96, axis=1)[..., None].repeat(3, axis=2)


class Stopped(BaseException):
    """What a kill is to the process: no handler of the code sees it."""


def vectors_of(gallery: Gallery) -> dict[str, bytes]:
    return {
        f"{one.person}/{one.name}": gallery.store.vectors(np.array([one.id])).tobytes()
        for one in gallery.ledger.images()
    }


def test_everybody_is_enrolled_with_the_vectors_of_the_reader(build, photos: Path) -> None:
    gallery, report = build(photos)
    assert report.enrolled == dict.fromkeys(NAMES, EACH) and not report.refused
    found = vectors_of(gallery)
    assert len(found) == len(NAMES) * EACH
    for name, vector in found.items():
        (alone,) = gallery.reader.read([read(photos / name)])
        np.testing.assert_allclose(np.frombuffer(vector, np.float32), alone.vectors[0], atol=1e-6)


def test_a_photo_that_is_not_good_enough_is_named_with_the_reason(build, photos: Path) -> None:
    image = read(photos / "Ada/0.png")
    write(photos / "Ada/small.png", cv2.resize(image, (24, 24)))
    write(photos / "Ada/soft.png", SOFT)
    (photos / "Ada/text.jpg").write_text("no image")
    (photos / "Bob/gone.png").symlink_to("nowhere")
    shutil.copy(photos / "Ada/1.png", photos / "Ada/zwice.png")
    shutil.copy(photos / "Ada/1.png", photos / "Eve/hers.png")
    (photos / "Ada/zzz.jpg").write_bytes(encode(read(photos / "Ada/2.png"), ".jpg", jpeg_quality=60))
    gallery, report = build(photos, limits=Limits(eyes_px=15, sharpness=0.05))
    kinds = {f"{one.person}/{one.name}": one.kind for one in report.refused}
    assert kinds == {
        "Ada/small.png": "tiny",
        "Ada/soft.png": "blurred",
        "Ada/text.jpg": "unreadable",
        "Bob/gone.png": "unreadable",
        "Ada/zwice.png": "same_picture",
        "Eve/hers.png": "same_picture",
        "Ada/zzz.jpg": "same_picture",
    }
    words = {one.name: one.words for one in report.refused}
    assert "1.png of Ada, which is enrolled: remove it where it is wrong" in words["hers.png"]
    assert "No such file" in words["gone.png"] and "15 are needed" in words["small.png"]
    assert gallery.ledger.people() == dict.fromkeys(NAMES, EACH)
    assert [tuple(one) for one in gallery.ledger.refused()] == sorted(tuple(one) for one in report.refused)


def test_other_limits_let_in_what_was_refused(build, photos: Path) -> None:
    write(photos / "Ada/soft.png", SOFT)
    gallery, report = build(photos, limits=Limits(sharpness=0.05))
    assert [one.kind for one in report.refused] == ["blurred"]
    assert enrol(gallery, photos_in(photos), Limits(sharpness=0.05)).there == len(NAMES) * EACH
    report = enrol(gallery, photos_in(photos), Limits(sharpness=0))
    assert report.enrolled == {"Ada": 1} and not gallery.ledger.refused()


@pytest.mark.parametrize("where", ["store.add", "ledger.enrol", "ledger.keep_readings"])
def test_stopped_at_any_step_people_are_whole_and_what_was_read_is_kept(
    where: str, build, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = vectors_of(build(photos, out="reference")[0])
    monkeypatch.setattr(enrolment, "ENTER_IMAGES", 1)
    monkeypatch.setattr(enrolment, "BATCH", 4)
    gallery, _ = build(photos, "Ada")
    part, name = where.split(".")
    owner, calls = getattr(gallery, part), []
    whole = getattr(type(owner), name)

    def stopped(self, *args):
        calls.append(1)
        if len(calls) == 3:
            whole(self, *args)  # what is done is done; who asked for it does not live to know
            raise Stopped
        return whole(self, *args)

    monkeypatch.setattr(type(owner), name, stopped)
    with pytest.raises(Stopped):
        enrol(gallery, photos_in(photos), Limits())
    there = {key: value for key, value in vectors_of(gallery).items()}
    assert there.items() <= expected.items()
    assert set(gallery.ledger.people().values()) == {EACH}  # each whole
    known = {one.id for one in gallery.ledger.images()}
    assert known <= set(gallery.store.ids().tolist())
    monkeypatch.setattr(type(owner), name, whole)
    read_again = []
    original = enrolment.read_photos
    monkeypatch.setattr(
        enrolment, "read_photos", lambda files, *a, **k: read_again.extend(files) or original(files, *a, **k)
    )
    again = Gallery.open(gallery.folder, "cpu")
    enrol(again, photos_in(photos), Limits())
    assert vectors_of(again) == expected
    assert len(read_again) <= len(NAMES) * EACH - len(there) and len(again.store) == len(expected)
    ids = [one.id for one in again.ledger.images()]
    assert len(set(ids)) == len(ids) and known < set(ids)


def test_what_nobody_owns_is_removed_and_what_is_missing_refused(build, photos: Path) -> None:
    gallery, _ = build(photos, "Ada", "Bob")
    gallery.store.add(np.array([99]), gallery.store.vectors(gallery.store.ids()[:1]))
    recover(gallery)
    assert 99 not in gallery.store.ids()
    gallery.store.remove(gallery.store.ids()[:2])
    with pytest.raises(UserError, match="2 of 6 vectors are missing"):
        recover(gallery)


def test_without_images_none_is_in_any_file(build, photos: Path) -> None:
    gallery, _ = build(photos, images=False)
    assert gallery.ledger.crops() == 0
    with_images, _ = build(photos, out="with")
    assert with_images.ledger.crops() == len(NAMES) * EACH
    crop = with_images.ledger.crop(1)
    assert crop is not None and crop.startswith(b"\xff\xd8\xff")
    contents = [path.read_bytes() for path in gallery.folder.rglob("*") if path.is_file()]
    assert not any(b"\xff\xd8\xff" in content or b"PNG" in content for content in contents)
    assert any(b"\xff\xd8\xff" in path.read_bytes() for path in with_images.folder.rglob("*") if path.is_file())


def test_who_is_removed_is_in_no_file(build, photos: Path) -> None:
    gallery, _ = build(photos)
    images = gallery.ledger.images("Cem")
    ids = np.array([one.id for one in images])
    secrets = [b"Cem", *(vector.tobytes() for vector in gallery.store.vectors(ids))]
    secrets += [gallery.ledger.crop(one.id) for one in images] + [one.sha256.encode() for one in images]

    def found() -> list[bool]:
        contents = [path.read_bytes() for path in gallery.folder.rglob("*") if path.is_file()]
        return [any(secret in content for content in contents) for secret in secrets]

    assert found()[0] and found()[1]
    remove(gallery, ids.tolist(), ["Cem"])
    assert not any(found()) and "Cem" not in Ledger(gallery.folder).people()
