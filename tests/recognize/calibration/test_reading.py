"""What has to be the same before scores may be compared with those of a calibration."""

from dataclasses import replace

import numpy as np

from eigen2arc.core.component import Component
from eigen2arc.recognize.calibration.reading import Reading


def reading(**changed: Component) -> Reading:
    stages = {
        "detector": Component("detector", "fixed_box"),
        "aligner": Component("aligner", "five_point", {"size_px": 64}),
        "encoder": Component("encoder", "lbp_histogram"),
        "matcher": Component("matcher", "chi_square"),
    }
    return Reading.of(**stages | changed)


def test_the_same_stages_have_no_difference() -> None:
    usual = reading()
    assert usual.difference(reading()) == "" and usual.encoder == "lbp_histogram"
    assert usual.aligner == {"name": "five_point", "size_px": 64} and usual.matcher == {"name": "chi_square"}
    # A default that is written out, and where a network runs, make no other stage.
    out = reading(aligner=Component("aligner", "five_point", {"size_px": 64, "zoom": 1.0}))
    assert out == usual
    device = reading(detector=Component("detector", "mtcnn", {"device": "cpu"}))
    assert device.detector == {"name": "mtcnn"} and usual.difference(device) == "the detector"
    rounded = replace(usual, pattern=(np.array(usual.pattern) * 1.001).tolist())
    assert usual.difference(rounded) == ""


def test_each_stage_counts() -> None:
    usual = reading()
    assert usual.difference(reading(matcher=Component("matcher", "cosine"))) == "the matcher"
    assert usual.difference(reading(aligner=Component("aligner", "box", {"size_px": 64}))) == "the aligner"
    other = Component("encoder", "lbp_histogram", {"radius_px": 1})
    assert usual.difference(reading(encoder=other)) == "the encoder"
    longer = replace(usual, pattern=[*usual.pattern, 0.0])
    assert usual.difference(longer) == "the encoder"
