"""Random trees: their law on graphs where it can be written down."""

import numpy as np
import pytest

from eigen2arc.classical.detect.regions.random_trees import Graph, grow, large_enough


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
