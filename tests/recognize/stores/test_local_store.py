"""A store in a folder."""

from pathlib import Path

import numpy as np

from eigen2arc.recognize.stores.open_store import open_store


def test_what_was_added_is_found_after_it_is_opened_again(tmp_path: Path, rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((5, 4), np.float32)
    store = open_store(tmp_path / "s", 4, "cosine")
    store.add(np.arange(5), vectors)
    store.remove(np.array([1, 9]))
    store.set_metadata({"people": ["Ada"]})
    again = open_store(tmp_path / "s", 4, "cosine")
    assert again.ids().tolist() == [0, 2, 3, 4] and again.metadata() == {"people": ["Ada"]}
    np.testing.assert_array_equal(again.vectors(np.array([3, 0])), vectors[[3, 0]])
    scores, ids = again.search(vectors[2:3] * 3, 6)
    assert ids[0, 0] == 2 and abs(scores[0, 0] - 1) < 1e-6 and ids[0, 4:].tolist() == [-1, -1]
