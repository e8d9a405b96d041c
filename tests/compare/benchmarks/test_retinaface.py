"""`bench retinaface` runs each network here and in ONNX Runtime, and both say the same."""

import pytest
import torch

from eigen2arc.compare.benchmarks import retinaface as bench


@pytest.mark.slow
def test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZES_PX", ((96, 64),))
    before = torch.get_num_threads()
    rows = bench.build(seconds=0)
    assert torch.get_num_threads() == before
    assert [row["what"] for row in rows] == [
        f"RetinaFace {variant}, {what}, 96 x 64"
        for variant in ("mobilenet0.25", "slim", "rfb")
        for what in ("network", "from pixels")
    ]
    for row in rows:
        assert row["ratio"] == row["ours"] / row["peer"] and row["ours"] > 0
        assert row["peer_name"] == "ONNX Runtime" and row["unit"] == "images/s"
