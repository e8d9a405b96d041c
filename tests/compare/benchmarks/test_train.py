"""`bench train` runs both loops and the loader."""

import pytest

from eigen2arc.compare.benchmarks import train as bench


def test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "BATCH", 4)
    monkeypatch.setattr(bench, "STEPS", 2)
    monkeypatch.setattr(bench, "PEOPLE", 4)
    rows = bench._against_plain_loop("mobilefacenet", {"width": 0.125}, "no", "cpu", 0.1)
    assert [row["peer_name"] for row in rows] == ["plain PyTorch loop", "what the step eats"]
    for row in rows:
        assert row["ratio"] == row["ours"] / row["peer"] and row["ours"] > 0 and row["unit"] == "images/s"
    assert rows[1]["peer"] == rows[0]["ours"]
