"""What every store promises, against a dictionary and a slow loop: what is there, what is found, and what is kept."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.recognize.stores.local_store import LocalStore
from eigen2arc.recognize.stores.open_store import open_store
from eigen2arc.recognize.stores.store import Index, Metric, VectorStore

Kept = dict[int, Sequence[float]]


def slow_search(kept: Kept, probe: Sequence[float], k: int, metric: Metric) -> tuple[list[float], list[int]]:
    """Score all vectors in a loop of Python's numbers."""
    found = []
    for key, vector in kept.items():
        if metric == "euclidean":
            score = -math.dist(probe, vector)
        else:
            lengths = math.hypot(*probe) * math.hypot(*vector)
            if not lengths:
                continue
            score = math.fsum(a * b for a, b in zip(probe, vector, strict=True)) / lengths
        found.append((-np.float32(score), key))
    best = sorted(found)[:k]
    missing = k - len(best)
    return [float(-score) for score, _ in best] + [-math.inf] * missing, [key for _, key in best] + [-1] * missing


def same(store: VectorStore, kept: Kept, probes: np.ndarray, k: int) -> None:
    """Check that a store holds what a dictionary holds, and finds what a slow loop finds."""
    assert len(store) == len(kept) and store.ids().tolist() == sorted(kept)
    if kept:
        some = np.array(list(kept)[:5])
        np.testing.assert_array_equal(store.vectors(some), np.array([kept[i] for i in some.tolist()], np.float32))
    scores, ids = store.search(probes, k)
    assert scores.dtype == np.float32 and ids.dtype == np.int64 and scores.shape == ids.shape == (len(probes), k)
    for i, probe in enumerate(probes.tolist()):
        wanted, wanted_ids = slow_search(kept, probe, k, store.metric)
        assert (scores[i].tolist(), ids[i].tolist()) == (wanted, wanted_ids)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_ties_go_to_the_lowest_id_and_a_zero_vector_matches_nobody(tmp_path: Path, metric: Metric) -> None:
    store = open_store(tmp_path, 2, metric)
    vectors = np.array([[3, 4], [0, 0], [3, 4], [-3, -4], [3, 4]], np.float32)
    store.add(np.array([9, 4, 2, 8, 30]), vectors)
    scores, ids = store.search(np.array([[3, 4], [0, 0]], np.float32), 6)
    if metric == "cosine":
        assert ids.tolist() == [[2, 9, 30, 8, -1, -1], [-1] * 6]
        assert scores.tolist() == [[1, 1, 1, -1, -math.inf, -math.inf], [-math.inf] * 6]
    else:
        assert ids.tolist() == [[2, 9, 30, 4, 8, -1], [4, 2, 8, 9, 30, -1]]
        assert scores.tolist() == [[0, 0, 0, -5, -10, -math.inf], [0, -5, -5, -5, -5, -math.inf]]


VALUES = st.integers(-3, 3).map(float)


@settings(max_examples=20)
@given(data=st.data(), metric=st.sampled_from(["cosine", "euclidean"]))
def test_it_is_a_dictionary_that_is_searched(
    data: st.DataObject, metric: Metric, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store: VectorStore = LocalStore(folder, 3, metric)
    kept: Kept = {}
    for step in data.draw(st.lists(st.sampled_from(["add", "remove", "open"]), max_size=6)):
        ids = data.draw(st.lists(st.integers(0, 8), unique=True, max_size=6))
        if step == "add":
            vectors = data.draw(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=len(ids), max_size=len(ids)))
            store.add(np.array(ids, np.int64), np.array(vectors, np.float32).reshape(-1, 3))
            kept |= dict(zip(ids, vectors, strict=True))
        elif step == "remove":
            store.remove(np.array(ids, np.int64))
            kept = {key: vector for key, vector in kept.items() if key not in ids}
        else:
            store = LocalStore(folder, 3, metric)
    probes = data.draw(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=3))
    same(store, kept, np.array(probes, np.float32), data.draw(st.integers(1, 10)))
    store.check()


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("index", ["auto", "ivf"])
def test_many_segments_with_and_without_axes_and_lists(
    tmp_path: Path, rng: np.random.Generator, metric: Metric, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounds of a lead and of all, blocks, removed rows and several segments leave the result that of all scores."""
    from eigen2arc.recognize.stores import byte_codes, inverted_file

    for constant, value in (("LEAST_TURNED", 500), ("BLOCK", 256), ("PROBES", 16)):
        monkeypatch.setattr(byte_codes, constant, value)
    monkeypatch.setattr(inverted_file, "PROBED", 1000)  # all lists, so that this, too, has to be exact
    monkeypatch.setattr(inverted_file, "SCORED", 2000)
    spread = np.geomspace(1, 0.02, 70).astype(np.float32)
    vectors = rng.standard_normal((1900, 70), np.float32) * spread * rng.uniform(0.2, 5, (1900, 1)).astype(np.float32)
    ids = rng.permutation(5000)[:1900]
    store = open_store(tmp_path / "s", 70, metric, index)
    for start, stop in ((0, 1200), (1200, 1850), (1850, 1900)):
        store.add(ids[start:stop], vectors[start:stop])
    store.remove(ids[::7])
    kept = {int(key): vector.tolist() for key, vector in zip(ids, vectors, strict=True)}
    kept = {key: kept[key] for key in np.delete(ids, np.s_[::7]).tolist()}
    near = vectors[5:20] + 0.3 * spread * rng.standard_normal((15, 70), np.float32)
    probes = np.concatenate([near, rng.standard_normal((5, 70), np.float32) * spread])
    same(store, kept, probes, 4)
    again = open_store(tmp_path / "s", 70, metric, index)
    for one, other in zip(store.search(probes, 4), again.search(probes, 4), strict=True):
        np.testing.assert_array_equal(one, other)
    again.check()


def test_metadata_is_kept_beside_the_vectors(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s", 4, "cosine")
    assert store.metadata() == {} and not (tmp_path / "s").exists()
    store.set_metadata({"people": ["Zoë", "Ada"], "n": 1})
    store.add(np.array([0]), np.ones((1, 4), np.float32))
    assert open_store(tmp_path / "s", 4, "cosine").metadata() == {"people": ["Zoë", "Ada"], "n": 1}


def test_what_is_no_vector_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s", 2, "cosine")
    for ids, vectors, said in (
        ([1, 1], [[1, 2], [3, 4]], "twice"),
        ([-1], [[1, 2]], "at least 0"),
        ([0], [[1, np.nan]], "not finite"),
        ([0], [[1, 2, 3]], "shape"),
        ([0.5], [[1, 2]], "int64"),
    ):
        with pytest.raises(ValueError, match=said):
            store.add(np.array(ids), np.array(vectors, np.float32))
    with pytest.raises(KeyError):
        store.vectors(np.array([3]))
    with pytest.raises(ValueError, match="k"):
        store.search(np.ones((1, 2), np.float32), 0)
    assert len(store) == 0
    store.add(np.array([3]), np.ones((1, 2), np.float32))
    for dimensions, metric in ((3, "cosine"), (2, "euclidean")):
        with pytest.raises(UserError, match="name another folder"):
            open_store(tmp_path / "s", dimensions, metric)  # type: ignore[arg-type]
