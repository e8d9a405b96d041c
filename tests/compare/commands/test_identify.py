"""`eigen2arc identify`, in process: names, unknown faces, what cannot be read, and runs that it must not trust."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer

from eigen2arc.compare.commands.identify import MADE_BY, identify
from eigen2arc.compare.data_tools import face_labels
from eigen2arc.core import plugins
from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.image import is_made_by, read, write
from eigen2arc.core.metrics.recommended_threshold import Rate
from eigen2arc.core.pipeline import cut
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.calibration.gallery_calibration import GalleryCalibration
from eigen2arc.recognize.gallery.building import begin
from eigen2arc.recognize.gallery.enrolment import Photo, enrol
from eigen2arc.recognize.gallery.gallery import Gallery
from eigen2arc.recognize.gallery.gate import Limits
from eigen2arc.recognize.reading.encoder_identity import pattern_vector
from eigen2arc.recognize.systems import system_file

STAGES = {
    "detector": {"name": "viola_jones", "eye_cascade": ""},
    "aligner": {"name": "box", "size_px": 48},
    "encoder": {"name": "lbp_histogram"},
    "matcher": {"name": "chi_square"},
}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann and Bob, whose images are enrolled, a stranger, and nobody."""
    people = plugins.build("dataset", "synthetic", people=3, images_per_person=1, seed=1, difficulty=0.0)
    folder = tmp_path_factory.mktemp("images")
    for name, image in zip(("ann", "bob", "cem"), map(people.images.__getitem__, range(3)), strict=True):
        write(folder / f"{name}.png", image)
    write(folder / "none.png", np.full((90, 90, 3), 128, np.uint8))
    (folder / "text.jpg").write_text("no image")
    return folder


def made(run: Path, images: Path, *, threshold: bool = True, **more: Any) -> Path:
    """A run with one system, "lbp", that knows Ann and Bob; a face has to be all but the same to be named."""
    built = {kind: plugins.build(kind, **table) for kind, table in STAGES.items()}
    photos = [read(images / "ann.png"), read(images / "bob.png")]
    crops = cut(built["aligner"], photos, [faces[[0]] for faces in built["detector"].detect(photos)])
    pattern = pattern_vector(built["encoder"], [], 48)
    said = {"value": -1.0, "fpir": 0.01, "taken": 30, "strangers": 3000, "people": 3000, "low": 0.007, "high": 0.014}
    about = {
        **{"id": "lbp", "title": "LBP histograms", "version": "0", "stages": STAGES, "preprocessing": []},
        **{"learned": "lbp_histogram, not fitted here", "enrolled": "drawn", "people": ["Ann", "Böb"]},
        **{"without_face": 0, "files": {}, "no_threshold": "" if threshold else "no strangers were looked up"},
        "threshold": {**said, "calibrated_on": "strangers of drawn"} if threshold else None,
    }
    path = run / "systems" / "lbp.safetensors"
    system_file.save(path, about, built["encoder"].encode(crops), np.arange(2), pattern, {})
    kept = {"file": "systems/lbp.safetensors", "sha256": file_digest(path), "bytes": 1, **more}
    entries = [{"id": "lbp", "name": "LBP histograms", "kept": kept, "other": 1}]
    write_json(run / "metrics.json", {"systems": entries, "format": 3})
    return run


@pytest.fixture
def run(tmp_path: Path, images: Path) -> Path:
    return made(tmp_path / "run", images)


def code(*args: Any, **given: Any) -> int:
    try:
        identify(*args, device="cpu", **given)
    except typer.Exit as stop:
        return stop.exit_code
    return 0


def test_who_is_known_is_named_and_a_stranger_is_not(run: Path, images: Path, capsys: Any) -> None:
    assert code([images / f"{name}.png" for name in ("ann", "bob", "cem")], run=run, system="lbp") == 0
    out, errors = capsys.readouterr()
    first, *lines = out.splitlines()
    assert first == (
        "LBP histograms (lbp): lbp_histogram, not fitted here; knows 2 people by 2 images of drawn; threshold -1 for a "
        "false positive rate of 1 %: 1 % (0.7 to 1.4 %) of 3,000 images of strangers of drawn were taken for somebody"
    )
    assert (
        lines[0].endswith("ann.png: 1 face")
        and lines[1].startswith("  box ")
        and "  Ann  score 0; next Böb" in lines[1]
    )
    assert "; 1 above the threshold" in lines[1] and "  Böb  score 0; next Ann" in lines[3]
    assert "  unknown  nearest " in lines[5] and " below the threshold" in lines[5] and errors == ""


def test_as_json_and_csv(run: Path, images: Path, tmp_path: Path, capsys: Any) -> None:
    table = tmp_path / "faces.csv"
    assert code([images / "ann.png", images / "cem.png"], run=run, json=True, table=table) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["system"]["id"], found["system"]["threshold"]["fpir"], found["system"]["people"]) == ("lbp", 0.01, 2)
    (ann,), (cem,) = (one["faces"] for one in found["images"])
    assert (ann["named"], ann["nearest"], ann["runner_up"], ann["score"]) == ("Ann", "Ann", "Böb", 0)
    assert cem["named"] is None and cem["nearest"] in ("Ann", "Böb") and cem["distance_to_threshold"] < 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["named"] for row in rows] == ["Ann", ""] and rows[0]["runner_up"] == "Böb"
    assert float(rows[1]["distance_to_threshold"]) == cem["distance_to_threshold"]
    assert [float(rows[0][key]) for key in ("x1", "y1", "x2", "y2")] == ann["box"]


def test_without_a_threshold_the_nearest_is_named_with_a_warning(images: Path, tmp_path: Path, capsys: Any) -> None:
    assert code([images / "cem.png"], run=made(tmp_path / "run", images, threshold=False)) == 0
    out, errors = capsys.readouterr()
    assert "; no threshold: no strangers were looked up\n" in out and "unknown" not in out and "threshold\n" not in out
    assert errors == (
        "eigen2arc: there is no threshold (no strangers were looked up): the most alike person is named, be it a "
        "stranger's face\n"
    )


def test_images_without_a_face_and_unreadable_ones_are_named(run: Path, images: Path, capsys: Any) -> None:
    assert code([images / "none.png", images / "ann.png"], run=run) == 1
    out, errors = capsys.readouterr()
    assert "none.png: no face was found" in errors and "Ann" in out and "none.png" not in out
    assert code([images / "text.jpg", images / "ann.png", images / "absent.png"], run=run) == 2
    out, errors = capsys.readouterr()
    assert "Ann" in out and "text.jpg: is not an image" in errors and "absent.png" in errors
    assert code([images / "text.jpg"], run=run, json=True) == 2


def test_drawn_copies_have_the_names_and_write_nothing_over(run: Path, images: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    for _ in range(2):
        assert code([images / "ann.png", images / "cem.png"], run=run, draw=drawn) == 0
    assert sorted(path.name for path in drawn.iterdir()) == ["ann.png", "cem.png"]
    assert is_made_by(drawn / "ann.png", MADE_BY) and (read(drawn / "ann.png") != read(images / "ann.png")).any()
    with pytest.raises(UserError, match="--draw: .*ann.png would be written over"):
        code([images / "ann.png"], run=run, draw=images)


def test_which_system_is_asked_for(run: Path, images: Path, tmp_path: Path) -> None:
    code([images / "ann.png"], run=run, system="LBP histograms")
    with pytest.raises(UserError, match="no system is called 'lpb': did you mean 'lbp'"):
        code([images / "ann.png"], run=run, system="lpb")
    entries = json.loads((run / "metrics.json").read_text())["systems"]
    both = [*entries, {"id": "spy", "name": "Spy", "kept": {"left_out": "what spy learned cannot be written"}}]
    write_json(run / "metrics.json", {"systems": both})
    with pytest.raises(UserError, match="say which with --system: there are lbp"):
        code([images / "ann.png"], run=run)
    with pytest.raises(UserError, match="spy cannot be used: what spy learned cannot be written"):
        code([images / "ann.png"], run=run, system="spy")
    write_json(run / "metrics.json", {"systems": [{"id": "a", "name": "A"}]})
    with pytest.raises(UserError, match=r"no system of the run knows people: its suite has no \[identification\]"):
        code([images / "ann.png"], run=run)
    with pytest.raises(UserError, match="is not a finished run"):
        code([images / "ann.png"], run=tmp_path / "absent")


@pytest.fixture(scope="module")
def gallery(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery that knows Ann and 李明, each by one image, and has no calibration."""
    folder = tmp_path_factory.mktemp("of") / "gallery"
    folder.mkdir()
    parts = [Component.parse(kind, STAGES[kind], kind) for kind in ("detector", "aligner")]
    recognizer = Recognizer(*parts, Component("encoder", "hog_grid"), title="HOG")
    limits = Limits(eyes_px=0, sharpness=0)
    opened = begin(folder, images, recognizer, limits, keeps_images=False, device="cpu")
    photos = [Photo("Ann", "ann.png", images / "ann.png"), Photo("李明", "bob.png", images / "bob.png")]
    enrol(opened, photos, limits)
    opened.ledger.end_build()
    return folder


def calibrated(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Galleries have a calibration whose threshold only the same image reaches."""
    made: dict[str, Any] = {
        **{"data": "drawn people", "date": "2026-11-30", "people": 2, "images": 2, "asked": 0.01},
        **{"threshold": 0.999, "fpir": 0.01, "source": "gallery", "strangers": 3000, "stranger_people": 3000},
        **{"found": Rate(0.01, 0.007, 0.014), "looked_up": 0, "looked_up_people": 0, "dir": None},
        **{"slope": 1000.0, "offset": -998.0, "highest": 4.0, "lowest": -4.0, "note": ""},
    }
    monkeypatch.setattr(Gallery, "calibration", GalleryCalibration(**{**made, **changes}))


def test_the_people_of_a_gallery(
    gallery: Path, images: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated(monkeypatch)
    table = tmp_path / "faces.csv"
    assert code([images / f"{name}.png" for name in ("ann", "cem")], gallery=gallery, table=table) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("gallery: viola_jones, box, hog_grid; knows 2 people by 2 images; threshold 0.999 for a ")
    assert "calibrated on drawn people, 2026-11-30" in first
    assert "  Ann  88.1 % sure; score 1; next 李明 " in lines[1] and "; 0.001 above the threshold" in lines[1]
    assert "  unknown  nearest " in lines[3] and " 1.8 % sure; score " in lines[3]
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == ["named", "unknown"] and rows[0]["weak"] == ""
    assert float(rows[0]["probability"]) == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-3)
    assert code([images / "ann.png"], gallery=gallery, json=True) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["system"]["threshold"]["value"] == 0.999 and made["system"]["stages"]["encoder"]["name"] == "hog_grid"
    assert made["images"][0]["faces"][0]["named"] == "Ann"


def test_a_face_that_shows_too_little_is_not_said_to_be_unknown(
    gallery: Path, images: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated(monkeypatch)
    write(tmp_path / "blurred.png", cv2.GaussianBlur(read(images / "cem.png"), (0, 0), 3))
    assert code([tmp_path / "blurred.png"], gallery=gallery, json=True) == 0
    ((face,),) = (one["faces"] for one in json.loads(capsys.readouterr().out)["images"])
    assert (face["named"], face["verdict"]) == (None, "cannot tell") and "is blurred (sharpness" in face["weak"]
    assert code([tmp_path / "blurred.png"], gallery=gallery) == 0
    out = capsys.readouterr().out
    assert "  cannot tell  nearest " in out and "below the threshold; its face is blurred" in out


def test_a_name_that_no_font_can_write_is_said(
    gallery: Path, images: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_dejavu = face_labels._fonts()[:1]
    monkeypatch.setattr(face_labels, "_fonts", lambda: only_dejavu)
    face_labels._font_with.cache_clear()
    assert code([images / "bob.png", images / "ann.png"], gallery=gallery, draw=tmp_path / "drawn") == 0
    face_labels._font_with.cache_clear()
    errors = capsys.readouterr().err
    assert "--draw: no font here has the letters of 李明: the face's number was drawn" in errors and "Ann" not in errors
    assert "there is no threshold (people were changed since it was calibrated" in errors


def test_one_of_both_is_given(gallery: Path, run: Path, images: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="say whose people are known: --gallery FOLDER, see eigen2arc gallery build, "):
        code([images / "ann.png"])
    with pytest.raises(UserError, match="say either: --gallery FOLDER"):
        code([images / "ann.png"], gallery=gallery, run=run)
    with pytest.raises(UserError, match="--system: goes with --run"):
        code([images / "ann.png"], gallery=gallery, system="lbp")
    with pytest.raises(UserError, match="is no gallery, it has no gallery.json"):
        code([images / "ann.png"], gallery=tmp_path)


def test_another_file_than_the_run_wrote_is_refused(run: Path, images: Path, tmp_path: Path) -> None:
    path = run / "systems" / "lbp.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(UserError, match="lbp.safetensors: is not the file that the run wrote, or is gone"):
        code([images / "ann.png"], run=run)
    path.unlink()
    with pytest.raises(UserError, match="is not the file that the run wrote, or is gone"):
        code([images / "ann.png"], run=run)
    (tmp_path / "outside.safetensors").write_bytes(whole)
    outside = made(tmp_path / "other", images, file="../outside.safetensors")
    with pytest.raises(UserError, match="names a file outside the run"):
        code([images / "ann.png"], run=outside)
    (run / "metrics.json").write_text('{"systems": 3}')
    with pytest.raises(UserError, match="systems"):
        code([images / "ann.png"], run=run)
