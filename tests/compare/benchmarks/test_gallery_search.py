"""The drawn faces lie as the measured ones do, and the benchmark has a row for everything that it promises."""

import numpy as np
import pytest

from eigen2arc.compare.benchmarks import gallery_search
from eigen2arc.recognize.stores import local_store


def test_drawn_faces_are_as_alike_as_those_that_were_measured(rng: np.random.Generator) -> None:
    images = np.concatenate([*gallery_search.draw_faces(600, 2, 512, 1.7, rng)])
    assert images.shape == (600, 2, 512) and np.allclose(np.linalg.norm(images, axis=2), 1)
    genuine = (images[:, 0] * images[:, 1]).sum(axis=1)
    assert genuine.mean() == pytest.approx(0.68, abs=0.02) and genuine.std() == pytest.approx(0.12, abs=0.02)
    impostors = (images[:, 0] @ images[:, 1].T)[~np.eye(600, dtype=bool)]
    assert abs(impostors.mean()) < 0.01 and impostors.std() == pytest.approx(0.049, abs=0.003)


@pytest.mark.slow
def test_every_row_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_search, "RECALLED", 20)
    rows = gallery_search.build(vectors=1500, dimensions=16, seconds=0.0)
    assert all(row["ours"] is not None and row["ours"] >= 0 for row in rows)
    said = "\n".join(row["what"] for row in rows)
    for word in ("build", "on the disk", "open", "memory", "product alone", "and argmax", "the best 10"):
        assert word in said
    assert "1,500 x 16 as dlib's" in said and "IVF" not in said and local_store.LEAST_IN_LISTS > 1500
