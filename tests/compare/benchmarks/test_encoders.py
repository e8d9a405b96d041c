"""`bench encoders` times every encoder that can be built, and names the others."""

import cv2
import numba
import pytest
import torch

from eigen2arc.compare.benchmarks import encoders as bench
from eigen2arc.core import plugins


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick encoders, few faces."""
    everything = plugins.plugins
    chosen = ("eigenfaces", "high_dim_lbp", "lbp_histogram", "projected", "facenet", "onnx")

    def some(kind: str) -> dict[str, plugins.Plugin]:
        found = everything(kind)
        return {name: found[name] for name in chosen} if kind == "encoder" else found

    monkeypatch.setattr(plugins, "plugins", some)
    monkeypatch.setattr(bench, "PEOPLE", 2)
    monkeypatch.setattr(bench, "IMAGES_EACH", 2)


@pytest.mark.usefixtures("few")
def test_rows() -> None:
    before = cv2.getNumThreads(), numba.get_num_threads(), torch.get_num_threads()
    rows = bench.build(seconds=0)
    assert (cv2.getNumThreads(), numba.get_num_threads(), torch.get_num_threads()) == before
    assert [(row["what"], row["peer_name"]) for row in rows] == [
        ("eigenfaces", "cv2.face Eigenfaces, PCAProject"),
        ("eigenfaces, fit and encode", "cv2.face Eigenfaces, train"),
        ("high_dim_lbp", ""),
        ("lbp_histogram", "scikit-image local_binary_pattern"),
        ("lbp_histogram", "cv2.face LBPH, train"),
        ("projected: LBP histograms, square root, whitened PCA", ""),
        ("facenet: left out, its weights are a download", ""),
        ("onnx: left out, encoder onnx needs the setting 'model'", ""),
    ]
    for row in rows:
        timed = "left out" not in row["what"]
        assert (row["ours"] is not None) == timed and (not timed or row["ours"] > 0)
        assert (row["peer"] is not None) == bool(row["peer_name"])
        assert row["ratio"] == (row["ours"] / row["peer"] if row["peer_name"] else None)
