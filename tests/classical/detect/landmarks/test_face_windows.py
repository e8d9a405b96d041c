"""Windows show what is in and around a box, and points go in and out of them unchanged."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.landmarks.face_windows import BOX_PX, WINDOW_PX, cut_windows, to_image, to_windows

corner = st.floats(-50, 200)
side = st.floats(4, 300)


@given(corner, corner, side, side)
def test_points_come_back(x: float, y: float, width: float, height: float) -> None:
    box = np.array([[x, y, x + width, y + height]])
    points = np.array([[[x, y], [x + 3, y - 7], [0.0, 0.0]]])
    np.testing.assert_allclose(to_image(to_windows(points, box), box), points, atol=1e-6)


def test_a_square_box_lies_in_the_middle() -> None:
    """Edges are half a pixel outside of the outermost pixels' centres."""
    box = np.array([[10.0, 20.0, 60.0, 70.0]])
    edges = to_windows(np.array([[[9.5, 19.5], [59.5, 69.5]]]), box)[0] + 0.5
    margin = (WINDOW_PX - BOX_PX) / 2
    np.testing.assert_allclose(edges, [[margin, margin], [margin + BOX_PX, margin + BOX_PX]])


def test_a_dot_is_seen_where_its_point_goes(rng: np.random.Generator) -> None:
    """Boxes from half to three times the window's own; the larger ones are halved on the way."""
    for width in (36.0, 72.0, 150.0, 220.0):
        image = np.zeros((400, 420), np.float64)
        x, y = rng.uniform(180, 220, 2)
        rows, columns = np.mgrid[:400, :420]
        image = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * (width / 14) ** 2))
        box = np.array([[200 - width / 2, 190 - width / 2, 200 + width / 2, 190 + width / 2]])
        window = cut_windows(np.rint(image).astype(np.uint8), box)[0].astype(float)
        seen = [(window * grid).sum() / window.sum() for grid in np.mgrid[:WINDOW_PX, :WINDOW_PX][::-1]]
        np.testing.assert_allclose(seen, to_windows(np.array([[[x, y]]]), box)[0, 0], atol=0.15)


def test_outside_the_image_its_border_is_repeated(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (60, 50), dtype=np.uint8)
    boxes = np.array([[-9.0, 5.0, 30.0, 44.0], [0.0, 0.0, 50.0, 60.0], [20.0, 30.0, 70.0, 80.0]])
    framed = np.pad(image, 100, mode="edge")
    np.testing.assert_allclose(cut_windows(image, boxes).astype(int), cut_windows(framed, boxes + 100), atol=1)


def test_a_box_without_extent_is_no_accident() -> None:
    windows = cut_windows(np.full((20, 20), 9, np.uint8), np.array([[5.0, 5.0, 5.0, 9.0]]))
    assert windows.shape == (1, WINDOW_PX, WINDOW_PX)
