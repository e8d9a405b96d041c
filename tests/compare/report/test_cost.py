"""The section on cost: its figures in words, its plot, and a page with what could not be measured."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from eigen2arc.compare.report.cost import (
    Dot,
    _dot,
    _whole,
    cost_context,
    cost_figure,
    counted,
    in_bytes,
    milliseconds,
    spread,
)
from eigen2arc.compare.report.headline import QUESTIONS
from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.style import LineStyle, line_styles
from eigen2arc.core.files import write_json

from .conftest import NAMES, MakeRun

DETECTOR = {"parameters": 495_000, "bytes": 2_000_000, "multiply_adds": 131_000_000}


def cost(encode: float, **others: Any) -> dict[str, Any]:
    held = {"parameters": 1_234_567, "bytes": 4_900_000, "multiply_adds": None}
    return {
        "images": 32,
        "image_size": "250 x 250",
        **held,
        "parts": {"detector": DETECTOR, "encoder": held},
        "stages": {
            "detect": {"one_thread": 20.0, "all_cores": 11.0},
            "encode": {"one_thread": encode, "all_cores": encode / 2},
            "match": {"one_thread": 0.0021},
        },
        "milliseconds": {"one_thread": 20 + encode, "all_cores": 11 + encode / 2},
        "peak_memory_bytes": 812_000_000,
        "base_memory_bytes": 90_000_000,
        "busy": 0.02,
        **others,
    }  # fmt: skip


def test_the_page_of_a_run(make_run: MakeRun) -> None:
    folder = make_run(tasks=("verification",), systems=NAMES[:4])
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    for number, system in enumerate(document["systems"][:3]):
        system["cost"] = cost(2.0**number, busy=(0.01, 0.734, None)[number])
    died = {"parts": {}, "stages": {}, "milliseconds": {}, "failed": ["one thread: its process was ended by SIGKILL"]}
    document["systems"][3]["cost"] = cost(1.0, **died, peak_memory_bytes=None, base_memory_bytes=None)
    write_json(path, document)
    page = render(folder).read_text("utf-8")
    for said in (
        "1.23 M",
        "+ 495 k",
        "4.90 MB",
        "131 M",
        "20.0",
        "2.10",
        "812 MB",
        "32 images",
        "up to 73 %",
        "250 x 250 pixels",
        "ms a face",
    ):
        assert said in page, said
    assert f"Not measured: {NAMES[3][0]}, one thread: its process was ended by SIGKILL" in page
    assert page.count("over milliseconds a face") == 2


def test_a_dot_is_what_was_measured() -> None:
    systems = [
        {
            "name": "a",
            "track": "deep",
            "identification": {"rank1": 0.9, "intervals": {"rank1": {"low": 0.8, "high": 0.95}}},
        },
        {"name": "b", "track": "deep", "identification": {"rank1": 0.7}},
    ]
    for system, encode in zip(systems, (4.0, 8.0), strict=True):
        system["cost"] = cost(encode)
    styles = line_styles(systems)
    context = cost_context(systems, styles)
    assert context is not None and [title.split()[0] for title, _ in context["figures"]] == ["Everything", "The"]
    assert _dot(systems[0], "identification", _whole, QUESTIONS["identification"]) == Dot("a", 24.0, 0.9, (0.8, 0.95))
    axes = cost_figure([Dot("a", 4.0, 0.9, (0.8, 0.95)), Dot("b", 8.0, 0.7, None)], styles, "rank-1").axes[0]
    dots = [one for one in axes.collections if hasattr(one, "get_sizes") and len(one.get_sizes())]
    assert [tuple(one.get_offsets()[0]) for one in dots] == [(4.0, 0.9), (8.0, 0.7)]
    assert [one.get_facecolor()[0].tolist() == [1.0] * 4 for one in dots] == [False, True]  # hollow: beaten in both
    (line,) = axes.lines
    assert line.get_ydata().tolist() == [0.9, 0.9]
    assert [text.get_text() for text in axes.texts] == ["a", "b"]


def test_a_run_without_cost_shows_nothing() -> None:
    assert cost_context([{"name": "a", "track": "deep"}], {"a": LineStyle("#000000", ())}) is None


HEIGHTS = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=6)


@given(HEIGHTS)
def test_names_keep_their_distance_and_their_order(heights: list[float]) -> None:
    moved = spread(heights, 0.1)
    order = np.argsort(heights, kind="stable")
    assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(np.array(moved)[order]))
    if all(b - a >= 0.1 for a, b in pairwise(np.sort(heights))):
        np.testing.assert_allclose(moved, heights)


def test_names_move_as_little_as_may_be() -> None:
    heights = [0.5, 0.52, 0.9, 0.48, 0.1]
    order = np.argsort(heights)
    apart = [{"type": "ineq", "fun": lambda h, a=a, b=b: h[b] - h[a] - 0.1} for a, b in pairwise(order)]
    best = minimize(lambda h: np.sum((h - heights) ** 2), heights, constraints=apart, method="SLSQP")
    np.testing.assert_allclose(spread(heights, 0.1), best.x, atol=1e-4)


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (0, "0"), (999, "999"), (1000, "1.00 k"), (59_102_464, "59.1 M"), (999_499, "999 k"),
     (999_600, "1.00 M"), (2_400_000_000, "2.40 G")],
)  # fmt: skip
def test_counts_in_words(count: int | None, text: str) -> None:
    assert counted(count) == text


def test_bytes_and_milliseconds_in_words() -> None:
    assert [in_bytes(count) for count in (None, 12, 4_820_000)] == ["-", "12 B", "4.82 MB"]
    assert [milliseconds(value) for value in (None, 0.123, 12.34, 1234.5)] == ["-", "0.12", "12.3", "1,234"]
