"""Runs of drawn faces, one with a changed preprocessing step: bundled, verified and compared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eigen2arc.compare.bundles.read import opened
from eigen2arc.compare.bundles.rebuild import rebuild
from eigen2arc.compare.bundles.write import write_bundle
from eigen2arc.compare.run_diff.difference import difference
from eigen2arc.compare.run_diff.sides import side
from eigen2arc.core.errors import UserError

SUITE = """
title = "Small"
description = "Two systems on a few drawn faces, in bad light."
verification = { dataset = "synthetic", people = 20, images_per_person = 3, size_px = 48, difficulty = 0.8 }
identification = { dataset = "synthetic", people = 20, images_per_person = 3, size_px = 48, difficulty = 0.8 }
detection = { dataset = "scenes", images = 3, most_faces = 2, width_px = 160, height_px = 120, largest_face_px = 50 }
[[systems]]
name = "Pixels"
id = "pixels"
detector = { name = "fixed_box", box = [0.2, 0.2, 0.8, 0.8] }
aligner = { name = "box", size_px = 32 }
encoder = { name = "hog_grid" }
STEPS
[[systems]]
name = "LBP"
id = "lbp"
detector = { name = "fixed_box", box = [0.2, 0.2, 0.8, 0.8] }
aligner = { name = "box", size_px = 32 }
encoder = { name = "lbp_histogram", grid = 4 }
"""


@pytest.mark.slow
def test_a_changed_step_is_named_and_judged(
    compare: Callable[..., dict[str, Any]], tmp_path: Path, plots_not_drawn: None
) -> None:
    before = compare(SUITE.replace("STEPS", ""), "a")
    after = compare(SUITE.replace("STEPS", 'preprocessing = [{ name = "gaussian_filter", sigma_px = 6 }]'), "b")
    write_bundle(tmp_path / "a", tmp_path / "a.bundle")
    with opened(tmp_path / "a.bundle") as found:
        assert found.manifest.images_left_out == len(list((tmp_path / "a/pictures").iterdir()))
        html = rebuild(found, tmp_path / "again").read_text("utf-8")
    assert "Images were left out." in html and html.count("data:image/svg+xml") > 5
    assert "data:image/jpeg" not in html
    before["systems"][0]["errors"]["false_accepts"][0]["score"] += 1e-6
    (tmp_path / "again/metrics.json").write_text(json.dumps(before))
    with pytest.raises(UserError, match=r"scores\.csv: does not give what .* have the score .* not in the table"):
        write_bundle(tmp_path / "again", tmp_path / "never")
    with side(tmp_path / "a.bundle") as one, side(tmp_path / "b") as other:
        document = json.loads(json.dumps(difference(one, other), allow_nan=False))
    pixels, lbp = document["systems"]
    assert [change["what"] for change in pixels["changes"]] == ["preprocessing", "crops"]
    assert pixels["changes"][0]["before"] == "none" and "gaussian_filter" in pixels["changes"][0]["after"]
    assert not lbp["changes"] and {row["state"] for row in lbp["movements"]} == {"same"}
    moved = {row["metric"]: row for row in pixels["movements"]}
    assert moved["accuracy"]["before"] == pytest.approx(before["systems"][0]["verification"]["accuracy"]["mean"])
    assert moved["accuracy"]["after"] == pytest.approx(after["systems"][0]["verification"]["accuracy"]["mean"])
    assert moved["rank1"]["after"] == pytest.approx(after["systems"][0]["identification"]["rank1"])
    assert moved["accuracy"]["state"] in ("moved", "chance") and moved["accuracy"]["units"] == 20
    assert moved["recall_at_fp/100"]["state"] == "same"


@pytest.mark.slow
def test_fewer_pairs_of_the_same_set_are_compared_where_both_have_them(
    compare: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    text = SUITE.replace("STEPS", "")
    compare(text, "a")
    compare(text, "b", most=30)
    with side(tmp_path / "a") as one, side(tmp_path / "b") as other:
        document = difference(one, other)
    for system in document["systems"]:
        rows = {row["metric"]: row for row in system["movements"]}
        assert rows["accuracy"]["state"] == "same" and "30 pairs that both have, of " in rows["accuracy"]["trials"]
        # Fewer probes at a time may be multiplied in another order.
        assert rows["rank1"]["state"] in ("same", "level")
    assert "verification: tested" in [change["what"] for change in document["changes"]]
