"""What every peer promises: it is named after an encoder, and runs on the same crops as that."""

from typing import Any

import cv2
import numpy as np
import pytest

from eigen2arc.core import plugins

NAMES = list(plugins.plugins("peer"))

#: So many Gaussians or kernels would take seconds.
SETTINGS: dict[str, dict[str, Any]] = {
    "fisher_vector_faces": {"components": 2, "descriptor_dimensions": 4, "stride_px": 8},
    "gabor_jets": {"scales": 2, "directions": 2},
}


@pytest.mark.parametrize("name", NAMES)
def test_ours_and_the_peer_run_on_the_same_crops(name: str, rng: np.random.Generator) -> None:
    coarse = rng.integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
    crops = np.stack([cv2.resize(image, (48, 48), interpolation=cv2.INTER_CUBIC) for image in coarse])
    labels, before = np.arange(6) // 2, crops.copy()
    encoder: Any = plugins.build("encoder", name, **SETTINGS.get(name, {}))
    if plugins.find("encoder", name).learns:
        encoder.fit(crops, labels)
    races = plugins.build("peer", name)(encoder, crops, labels)
    assert any(race.peer for race in races)
    assert len({(race.what, race.peer_name) for race in races}) == len(races)
    for race in races:
        assert 1 <= race.images <= len(crops) and bool(race.peer) == bool(race.peer_name)
        for run in filter(None, (race.ours, race.peer)):
            assert run(crops[: race.images]) is not None
    np.testing.assert_array_equal(crops, before)
