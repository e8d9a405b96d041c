"""Olivetti: read from the file itself, the same as scikit-learn makes of it."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat
from sklearn.datasets import _olivetti_faces, fetch_olivetti_faces

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.olivetti import FILES, build


def test_as_scikit_learn_reads_it(tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = rng.integers(0, 256, (4096, 400)).astype(np.uint8)
    columns[0, 0], columns[1, 0] = 0, 255  # scikit-learn stretches the values to 0..1
    (tmp_path / "olivetti").mkdir()
    savemat(tmp_path / "olivetti/olivettifaces.mat", {"faces": columns})
    ours = build(root=tmp_path)

    savemat(tmp_path / "theirs.mat", {"faces": columns})
    monkeypatch.setattr(_olivetti_faces, "_fetch_remote", lambda *_, **__: str(tmp_path / "theirs.mat"))
    theirs = fetch_olivetti_faces(data_home=tmp_path / "theirs")
    grey = np.stack([ours.images[i] for i in range(400)])
    assert np.array_equal(grey[..., 0], np.rint(theirs.images * 255)) and np.array_equal(grey[..., 0], grey[..., 2])
    assert ours.labels is not None and np.array_equal(ours.labels, theirs.target)
    assert ours.fold is not None and ours.fold.reshape(40, 10).tolist() == [[0] * 5 + [1] * 5] * 40
    assert ours.training.tolist() == (ours.fold == 0).tolist()
    assert ours.images.names[10] == "s2/1"


def test_the_declared_file_is_scikit_learns() -> None:
    theirs = _olivetti_faces.FACES
    assert (FILES[0].name, FILES[0].url, FILES[0].sha256) == (theirs.filename, theirs.url, theirs.checksum)


def test_a_missing_or_broken_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="datasets fetch olivetti"):
        build(root=tmp_path)
    path = tmp_path / "olivetti/olivettifaces.mat"
    path.parent.mkdir()
    path.write_bytes(b"no such thing")
    with pytest.raises(UserError, match=r"olivettifaces\.mat: is damaged"):
        build(root=tmp_path)
    savemat(path, {"faces": np.zeros((4096, 399))})
    with pytest.raises(UserError, match=r"expected 'faces' of shape \(4096, 400\)"):
        build(root=tmp_path)
    savemat(path, {"other": np.zeros(3)})
    with pytest.raises(UserError, match="is damaged, or is not the Olivetti faces"):
        build(root=tmp_path)
