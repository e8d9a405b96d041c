"""A gallery on a Milvus server, Milvus Lite here: machines with a copy of gallery.json name the same people."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.gallery.about import FILE
from eigen2arc.recognize.gallery.audit import faults
from eigen2arc.recognize.gallery.building import begin
from eigen2arc.recognize.gallery.calibrating import calibrate
from eigen2arc.recognize.gallery.enrolment import enrol, recover, remove
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits
from eigen2arc.recognize.gallery.published_ledger import PublishedLedger
from eigen2arc.recognize.gallery.publishing import publish

from .conftest import EACH, NAMES, photos_in

pytest.importorskip("pymilvus", reason="the extra milvus is not installed")
pytest.importorskip("milvus_lite", reason="Milvus Lite is not installed")

#: What the client does while it is imported, and when a connection ends, is its own.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_another_machine_names_the_same_people(recognizer: Recognizer, photos: Path, tmp_path: Path) -> None:
    store = f"milvus://{tmp_path / 'server.db'}/people"
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    gallery = begin(here, photos, recognizer, Limits(), keeps_images=True, store=store, device="cpu")
    enrol(gallery, photos_in(photos), Limits())
    assert faults(gallery) == [] and not (here / "vectors").exists()
    made = calibrate(gallery)
    publish(gallery)

    there.mkdir()
    shutil.copy(here / FILE, there / FILE)
    copy = Gallery.open(there, "cpu")
    assert copy.people == list(NAMES) and copy.counts()[:2] == (len(NAMES), len(NAMES) * EACH)
    assert copy.calibration == made
    vectors = gallery.store.vectors(np.array([1, 5, 9]))
    assert copy.candidates(vectors) == gallery.candidates(vectors)
    assert copy.person_of(np.array([1, 4, 999])).tolist() == ["Ada", "Bob", None]
    with pytest.raises(UserError, match="a copy that only names faces: give the folder where the gallery was built"):
        _ = copy.ledger

    remove(gallery, [one.id for one in gallery.ledger.images("Bob")], ["Bob"])
    assert all(one.person != "Bob" for row in copy.candidates(vectors, people=9) for one in row)
    publish(gallery)
    assert "Bob" not in Gallery.open(there, "cpu").people

    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="holds vectors that are not of .*other: name a new collection"):
        begin(tmp_path / "other", photos, recognizer, Limits(), keeps_images=True, store=store, device="cpu")
    gallery.store.set_metadata({"id": "another"})
    with pytest.raises(UserError, match="holds vectors that are not of .*here"):
        recover(gallery)
    assert len(gallery.store) == (len(NAMES) - 1) * EACH
    with pytest.raises(UserError, match="is not the collection of this gallery"):
        Gallery.open(there, "cpu")


def test_what_a_server_says_is_checked(build, photos: Path, mutations) -> None:
    about = build(photos, "Ada")[0].about
    whole = {"id": about.id, "people": {"Ada": [1, 2]}, "calibration": None}
    assert PublishedLedger(whole, about).people() == {"Ada": 2}
    for changed in mutations(whole):
        try:
            found = PublishedLedger(changed, about) if isinstance(changed, dict) else None
        except UserError as error:
            assert "\n" not in str(error)
        else:
            assert found is None or all(isinstance(count, int) for count in found.people().values())
