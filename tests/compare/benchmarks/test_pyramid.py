"""`bench pyramid` says what it compares."""

import pytest

from eigen2arc.compare.benchmarks.pyramid import build


@pytest.mark.slow
def test_rows() -> None:
    rows = build(seconds=0, images=2)
    assert [str(row["what"]).partition(", ")[0] for row in rows] == ["Gaussian octaves"] * 3 + ["enlarged windows"] * 3
    for scanned, found, again in (rows[:3], rows[3:]):
        assert scanned["ratio"] == scanned["peer"] / scanned["ours"]  # type: ignore[operator]
        assert found["ratio"] == found["ours"] / found["peer"]  # type: ignore[operator]
        assert 0.5 < found["ours"] <= 1  # type: ignore[operator]
        assert 0.5 < again["ours"] <= 1  # type: ignore[operator]
