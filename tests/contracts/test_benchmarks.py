"""What every benchmark promises: it runs without settings, and its rows say what came out, in JSON's numbers."""

import inspect
import json
import math
from importlib import import_module
from typing import get_type_hints

import pytest
import torch

from eigen2arc.compare.benchmarks._measure import Row
from eigen2arc.core import plugins

NAMES = list(plugins.plugins("benchmark"))

#: Those that take seconds to prepare: their own tests look at every row, of fewer and smaller things.
RUN_BY_THEIR_OWN_TESTS = ("cascade", "encoders", "gallery_search", "haar", "pyramid", "statistics")

SLOW = ("selective_search", "sync_batch_norm")


def module(name: str) -> object:
    return import_module(plugins.find("benchmark", name).module)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_without_settings_for_a_time_that_can_be_set(name: str) -> None:
    build = module(name).build  # type: ignore[attr-defined]
    settings = inspect.signature(build).parameters
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in settings.values())
    assert get_type_hints(build)["return"] == list[Row]
    if "seconds" in settings:
        assert settings["seconds"].default > 0 and "seconds" in build.__doc__
    else:
        assert "no seconds to set, as " in " ".join(build.__doc__.split())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
        for name in NAMES
        if name not in RUN_BY_THEIR_OWN_TESTS
    ],
)
def test_its_rows_say_what_came_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU: by a rehearsal where there is one, else for no longer than it needs at least."""
    benchmark = module(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for constant in ("LEAST_SCENES", "MOST_SCENES"):
        monkeypatch.setattr(benchmark, constant, 2, raising=False)
    if hasattr(benchmark, "on_device"):
        rows = list(benchmark.on_device("cpu", 0.0, **benchmark.SMALL))  # type: ignore[attr-defined]
    else:
        rows = plugins.build("benchmark", name, seconds=0.0)
    assert rows and len({row["what"] for row in rows}) == len(rows)
    for row in rows:
        assert Row.__required_keys__ <= set(row) <= Row.__required_keys__ | Row.__optional_keys__
        assert all(isinstance(row[key], str) for key in ("what", "unit", "peer_name"))
        if row["ours"] is None:
            assert "left out" in row["what"] and row["peer"] is row["ratio"] is None
        else:
            assert row["unit"] and math.isfinite(row["ours"]) and row["ours"] > 0
            assert (row["ratio"] is None) == (row["peer"] is None) == (not row["peer_name"])
    json.dumps(rows, allow_nan=False)
