"""Window features: the cells of the middle of a crop, and where a face and a head lie in a window."""

import numpy as np

from eigen2arc.classical.detect.channels.engine.channels import channels, smooth_cells
from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, FEATURES, boxes_in, window_features


def test_features_are_the_cells_of_the_middle() -> None:
    crops = np.random.default_rng(5).integers(0, 256, (3, CROP_PX, CROP_PX)).astype(np.uint8)
    values = window_features(crops)
    assert values.shape == (FEATURES, 3)
    cells = smooth_cells(channels(crops[1]))
    np.testing.assert_array_equal(values[:, 1].reshape(-1, 16, 16), cells[:, 1:17, 1:17])


def test_the_face_and_the_head_share_their_chin_and_their_middle() -> None:
    windows = np.array([[10.0, 20, 42, 52], [0, 0, 64, 64]])
    face, head = boxes_in(windows, "face"), boxes_in(windows, "head")
    np.testing.assert_allclose(face[0], [15.5, 21.9, 36.5, 50.1])
    np.testing.assert_allclose(face[1, 2:] - face[1, :2], 2 * (face[0, 2:] - face[0, :2]))
    np.testing.assert_allclose(head[:, 3], face[:, 3])
    np.testing.assert_allclose(head[:, [0, 2]].mean(axis=1), windows[:, [0, 2]].mean(axis=1))
    # 224 mm of head to 170 mm of face.
    np.testing.assert_allclose((head[:, 3] - head[:, 1]) / (face[:, 3] - face[:, 1]), 224 / 170, rtol=0.01)
