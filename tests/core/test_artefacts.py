from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.artefacts import Store, digest


def test_a_digest_names_content() -> None:
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1})
    names = {digest(v) for v in (np.zeros(3), np.zeros(4), np.zeros(3, np.float32), np.ones(3), [0, 0, 0], "a")}
    assert len(names) == 6


def test_an_artefact_is_made_once(tmp_path: Path) -> None:
    calls = []

    def make() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"x": np.arange(3)}

    for _ in range(2):
        store = Store(tmp_path)
        assert store.arrays("faces-1/0000", make)["x"].tolist() == [0, 1, 2]
    assert len(calls) == 1 and store.made == 0


@pytest.mark.parametrize("keep_bytes", [0, 10, 200])
def test_a_damaged_artefact_is_made_again(tmp_path: Path, keep_bytes: int) -> None:
    store = Store(tmp_path)
    store.arrays("a", lambda: {"x": np.arange(300)})
    path = tmp_path / "a.npz"
    path.write_bytes(path.read_bytes()[:keep_bytes])
    assert store.arrays("a", lambda: {"x": np.arange(4)})["x"].tolist() == [0, 1, 2, 3]
    assert store.made == 2
