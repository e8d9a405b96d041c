"""Randomized Prim: the likelihood of edges, what is found, what is refused."""

from unittest.mock import patch

import numpy as np
import pytest

from eigen2arc.classical.detect.proposals import randomized_prim
from eigen2arc.classical.detect.proposals.randomized_prim import Graph, build, grow, large_enough, same_object
from eigen2arc.classical.detect.regions.color_spaces import lab
from eigen2arc.classical.detect.regions.region_features import regions_of
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou


def parts() -> tuple[np.ndarray, np.ndarray]:
    """An image and six segments of it."""
    rng = np.random.default_rng(1)
    labels = np.zeros((30, 40), np.int32)
    labels[:12, :15], labels[12:20, 5:30], labels[20:, 25:], labels[3:6, 20:38], labels[25:, :9] = 1, 2, 3, 4, 5
    return (rng.integers(0, 120, (30, 40, 3)) + 20 * labels[:, :, None]).astype(np.uint8), labels


def test_the_probability_of_one_object_by_slow_loops() -> None:
    image, labels = parts()
    regions = regions_of(labels)
    got = same_object(image, labels, regions)
    colours = lab(image)
    for (i, j), rho in zip(regions.pairs, got, strict=True):
        histograms = []
        for region in (i, j):
            inside = colours[labels == region]
            counts = np.concatenate([np.histogram(inside[:, c], 25, (0, 256))[0] for c in range(3)])
            histograms.append(counts / counts.sum())
        crossings = {i: 0, j: 0}
        common = 0
        for y in range(30):
            for x in range(40):
                for b, a in ((y, x + 1), (y + 1, x), (y + 1, x + 1), (y + 1, x - 1)):
                    if b < 30 and 0 <= a < 40 and labels[y, x] != labels[b, a]:
                        for region in {labels[y, x], labels[b, a]} & {i, j}:
                            crossings[region] += 1
                        common += {labels[y, x], labels[b, a]} == {i, j}
        colour = np.minimum(*histograms).sum()
        border = max(common / crossings[i], common / crossings[j])
        size = 1 - ((labels == i).sum() + (labels == j).sum()) / labels.size
        expected = 1 / (1 + np.exp(3.0017 - 2.6864 * colour - 1.0029 * border - 2.3655 * size))
        assert rho == pytest.approx(expected, rel=1e-4)


def test_a_square_on_a_plain_ground_is_among_the_first_boxes() -> None:
    image = np.full((120, 160, 3), 90, np.uint8)
    image[30:80, 50:110] = (200, 60, 60)
    boxes = build().propose(image)
    assert iou(boxes[:5], np.array([[50, 30, 110, 80]], np.float32)).max() > 0.9


def test_more_trees_give_the_same_boxes_first() -> None:
    image = np.kron(np.random.default_rng(3).integers(0, 256, (8, 9, 3)), np.ones((15, 15, 1))).astype(np.uint8)
    few, many = build(trees=400).propose(image), build(trees=4000).propose(image)
    assert len(many) > len(few) > 20
    np.testing.assert_array_equal(many[: len(few)], few)


def test_threads_change_nothing() -> None:
    image = np.kron(np.random.default_rng(3).integers(0, 256, (6, 6, 3)), np.ones((15, 15, 1))).astype(np.uint8)
    with patch.object(randomized_prim.numba, "get_num_threads", return_value=4):
        many = build(trees=500).propose(image)
    np.testing.assert_array_equal(many, build(trees=500).propose(image))


def test_an_image_that_is_too_large_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(UserError, match="are more than 16,777,216: scale the image down"):
        build().propose(np.broadcast_to(np.zeros(3, np.uint8), (4097, 4096, 3)))


def chain(rho: list[float], areas: list[float]) -> Graph:
    """Superpixels in a row, each of one column; rho lies between neighbours."""
    n = len(areas)
    pairs = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1).astype(np.int32)
    boxes = np.array([[i, 0, i + 1, 1] for i in range(n)], np.int32)
    return Graph.of(pairs, np.array(rho), np.array(areas), boxes)


def shares(boxes: np.ndarray) -> dict[tuple[int, int], float]:
    """How often each span of columns came."""
    spans, counts = np.unique(boxes[:, [0, 2]], axis=0, return_counts=True)
    return {(int(a), int(b)): count / len(boxes) for (a, b), count in zip(spans, counts, strict=True)}


def test_two_superpixels_are_joined_as_often_as_the_paper_says() -> None:
    """Half of the trees begin at either; they stop with probability (1 - rho + alpha) / 2."""
    least, area = 0.01, 0.1
    stop = (1 - 0.7 + large_enough(area, least)) / 2
    got = shares(grow(chain([0.7], [area, area]), 40_000, least, np.random.default_rng(0)))
    assert got[0, 2] == pytest.approx(1 - stop, abs=0.01)
    assert got[0, 1] == pytest.approx(stop / 2, abs=0.01)
    assert got[1, 2] == pytest.approx(stop / 2, abs=0.01)


def test_a_chain_of_three_by_its_law() -> None:
    """One number is drawn for the whole tree, and the next edge in proportion to rho."""
    least, a, b = 0.001, 0.9, 0.4
    areas = [0.002, 0.004, 0.008]
    energy = lambda rho, area: (1 - rho + large_enough(area, least)) / 2  # noqa: E731
    whole = 0.0
    for edges, begun in (((a, b), areas[0]), ((b, a), areas[2])):
        other = areas[1]
        whole += (1 - max(energy(edges[0], begun), energy(edges[1], begun + other))) / 3
    for first, second, beside in ((a, b, areas[0]), (b, a, areas[2])):
        whole += first / (a + b) * (1 - max(energy(first, areas[1]), energy(second, areas[1] + beside))) / 3
    got = shares(grow(chain([a, b], areas), 60_000, least, np.random.default_rng(1)))
    assert got[0, 3] == pytest.approx(whole, abs=0.01)


def test_likely_edges_of_small_trees_are_always_taken_and_impossible_ones_of_large_trees_never() -> None:
    tiny = chain([1.0] * 5, [1e-6] * 6)
    assert shares(grow(tiny, 500, 1e-3, np.random.default_rng(2))) == {(0, 6): 1.0}
    huge = chain([1e-12] * 5, [1.0] * 6)
    assert all(b - a == 1 for a, b in shares(grow(huge, 500, 1e-3, np.random.default_rng(3))))


def test_no_tree_leaps_over_a_gap() -> None:
    boxes = np.array([[i, 0, i + 1, 1] for i in range(5)], np.int32)
    graph = Graph.of(np.array([[0, 1], [2, 3], [3, 4]]), np.full(3, 0.6), np.full(5, 0.01), boxes)
    spans = set(shares(grow(graph, 2000, 1e-3, np.random.default_rng(4))))
    single = {(i, i + 1) for i in range(5)}
    assert spans == single | {(0, 2), (2, 4), (3, 5), (2, 5)}


def test_edges_are_listed_from_both_ends() -> None:
    graph = Graph.of(np.array([[0, 1], [0, 2], [1, 2]]), np.array([0.1, 0.2, 0.3]), np.ones(3), np.zeros((3, 4)))
    listed = {
        (i, int(graph.ends[e])): graph.rho[e] for i in range(3) for e in range(graph.first[i], graph.first[i + 1])
    }
    assert listed == {(0, 1): 0.1, (1, 0): 0.1, (0, 2): 0.2, (2, 0): 0.2, (1, 2): 0.3, (2, 1): 0.3}


def test_a_lone_superpixel_is_its_own_tree() -> None:
    graph = Graph.of(np.zeros((0, 2), np.int32), np.zeros(0), np.ones(1), np.array([[0, 0, 7, 5]], np.int32))
    np.testing.assert_array_equal(grow(graph, 3, 1e-3, np.random.default_rng(0)), [[0, 0, 7, 5]] * 3)


def test_the_size_term_is_the_share_of_smaller_objects() -> None:
    assert large_enough(0.0005, 0.001) == 0
    assert large_enough(0.001, 0.001) == pytest.approx(0)
    assert large_enough(0.001**0.5, 0.001) == pytest.approx(0.5)
    assert large_enough(1.0, 0.001) == 1
