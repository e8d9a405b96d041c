"""scikit-image's LFW subset."""

import numpy as np
import pytest
from skimage import data

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.lfw_subset import build


def test_patches_and_classes() -> None:
    subset = build()
    assert len(subset.images) == 200
    assert subset.labels is not None and subset.labels.tolist() == [1] * 100 + [0] * 100
    theirs = data.lfw_subset()
    ours = np.stack([subset.images[i] for i in range(200)])
    assert ours.shape == (200, 25, 25, 3)
    assert np.abs(ours[..., 1] / 255 - theirs).max() <= 0.5 / 255 + 1e-9
    assert (subset.images.names[0], subset.images.names[100]) == ("face/000", "non-face/100")


@pytest.mark.parametrize("error", [ConnectionError("no network"), ModuleNotFoundError("pooch")])
def test_without_a_copy_and_a_network(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(data, "lfw_subset", fail)
    with pytest.raises(UserError, match=f"lfw_subset: .*could not download one .{error}"):
        build()
