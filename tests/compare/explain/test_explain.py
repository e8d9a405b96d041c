"""What is computed for the pictures of `eigen2arc explain`."""

import numpy as np
import pytest

from eigen2arc.classical.descriptors.lbp import local_binary_patterns
from eigen2arc.compare.explain.faces import LIGHT, lit_faces, people
from eigen2arc.compare.explain.preprocessing import after_each, parse_steps
from eigen2arc.compare.explainers.hog_grid import cell_histograms
from eigen2arc.compare.explainers.lbp_histogram import DOT, FLAT, label_colors
from eigen2arc.compare.explainers.sift_bag_of_words import PATCH_PX, mean_patches, rebuild
from eigen2arc.core import plugins
from eigen2arc.core.image import to_grey


def test_steps_and_chains_of_steps() -> None:
    assert parse_steps("gamma, median_filter+tan_triggs") == [["gamma"], ["median_filter", "tan_triggs"]]
    assert parse_steps(None) == [[name] for name in plugins.plugins("preprocessing")]


def test_a_chain_is_one_step_after_the_other(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (2, 24, 24, 3), dtype=np.uint8)
    settings = {"median_filter": {"size_px": 5}}
    pictures = after_each(crops, [["log"], ["median_filter", "log"]], settings)
    assert list(pictures) == ["original", "log", "median_filter + log"]
    log = plugins.build("preprocessing", "log")
    np.testing.assert_array_equal(pictures["original"], crops)
    np.testing.assert_array_equal(pictures["log"], log.apply(crops))
    wanted = log.apply(plugins.build("preprocessing", "median_filter", size_px=5).apply(crops))
    np.testing.assert_array_equal(pictures["median_filter + log"], wanted)


def test_the_lights_are_what_they_are_called() -> None:
    crops = lit_faces(plugins.build("aligner", "five_point", size_px=112))
    grey = dict(zip(LIGHT, to_grey(crops).astype(float)[:, 35:85, 28:84], strict=True))  # the face alone
    even = grey["even light"]
    sides = {name: face[:, :28].mean() / face[:, 28:].mean() for name, face in grey.items()}
    assert sides["lamp from the left"] > 1.5 > 1.1 > sides["even light"] > 0.9
    assert sides["lamp from the right"] < 0.7
    assert grey["dim light"].mean() < 0.7 * even.mean()
    noise = grey["noise"] - even
    # 22 levels a channel are 14.7 of luma, of which resampling between four pixels leaves half at least.
    assert 7 < noise.std() < 15 and abs(noise.mean()) < 2


def test_people_to_learn_from() -> None:
    crops, labels = people(plugins.build("aligner", "five_point", size_px=32), 3, 2)
    assert crops.shape == (6, 32, 32, 3) and labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert len(np.unique(crops.reshape(6, -1), axis=0)) == 6


@pytest.mark.parametrize(
    ("turns", "strongest", "weakest"),
    # np.rot90 turns counter-clockwise: the bright side goes right, up, left, down.
    [(0, "r", "gb"), (1, "g", "b"), (2, "gb", "r"), (3, "b", "g")],
)
def test_an_edge_has_the_colour_of_its_brighter_side(turns: int, strongest: str, weakest: str) -> None:
    bright_right = np.tile(np.arange(20, 200, 20, dtype=np.uint8), (9, 1))
    labels = local_binary_patterns(np.rot90(bright_right, turns)[None].copy(), neighbours=8, radius_px=1.0)[0]
    assert len(np.unique(labels)) == 1
    colour = dict(zip("rgb", label_colors(8)[labels[0, 0]], strict=True))
    assert max(colour.values()) in [colour[c] for c in strongest]
    assert min(colour.values()) in [colour[c] for c in weakest]


@pytest.mark.parametrize("neighbours", [4, 8, 12])
def test_every_label_has_a_colour(neighbours: int) -> None:
    colours = label_colors(neighbours)
    assert colours.shape == (neighbours * (neighbours - 1) + 3, 3)
    assert (colours >= 0).all() and (colours <= 1).all()


def test_flat_is_black_and_a_bright_dot_white() -> None:
    images = np.full((2, 5, 5), 90, np.uint8)
    images[1, 2, 2] = 200
    labels = local_binary_patterns(images, neighbours=8, radius_px=1.0)[:, 1, 1]
    np.testing.assert_allclose(label_colors(8)[labels], [FLAT, DOT])


def test_a_cell_is_the_mean_over_the_blocks_that_hold_it(rng: np.random.Generator) -> None:
    """Three by three cells in blocks of two by two: the middle cell is in all four blocks, a corner in one."""
    blocks = rng.random((2, 2, 2, 2, 9))
    cells = cell_histograms(blocks.ravel(), 2, 9)
    assert cells.shape == (3, 3, 9)
    np.testing.assert_allclose(cells[0, 0], blocks[0, 0, 0, 0])
    np.testing.assert_allclose(
        cells[1, 1], (blocks[0, 0, 1, 1] + blocks[0, 1, 1, 0] + blocks[1, 0, 0, 1] + blocks[1, 1, 0, 0]) / 4
    )
    np.testing.assert_allclose(cells[2, 1], (blocks[1, 0, 1, 1] + blocks[1, 1, 1, 0]) / 2)


def test_words_are_drawn_as_the_mean_of_their_patches(rng: np.random.Generator) -> None:
    faces = rng.integers(0, 256, (3, 40, 40), dtype=np.uint8)
    corners = np.array([[0, 0], [16, 5], [3, 16]])
    words = np.array([[0, 2, 2], [2, 0, 0], [2, 2, 2]])
    means = mean_patches(faces, words, corners, 4)
    for word in (0, 2):
        patches = [
            faces[n, y : y + PATCH_PX, x : x + PATCH_PX].astype(float)
            for n in range(3)
            for t, (x, y) in enumerate(corners)
            if words[n, t] == word
        ]
        np.testing.assert_allclose(means[word], np.mean(patches, axis=0))
    assert not means[1].any() and not means[3].any()


def test_patches_laid_down_overlap_as_means() -> None:
    means = np.stack([np.full((PATCH_PX, PATCH_PX), value) for value in (10.0, 30.0)])
    picture = rebuild(means, np.array([0, 1]), np.array([[0, 0], [PATCH_PX // 2, 0]]), 2 * PATCH_PX)
    half = PATCH_PX // 2
    wanted = np.repeat([10, 20, 30, 0], [half, half, half, half])
    np.testing.assert_array_equal(picture[:PATCH_PX], np.tile(wanted, (PATCH_PX, 1)))
    assert not picture[PATCH_PX:].any()
