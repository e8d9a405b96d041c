"""The page of an overlap in a real browser."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.report.overlap_page import render
from eigen2arc.core.files import write_json

from ..browser import check_every_look, check_headings, opened
from .conftest import draw, keep
from .test_guards import overlap, person

pytestmark = pytest.mark.browser


def test_every_look(browser: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    files = [keep(tmp_path, draw(rng)) for _ in range(2)]
    people = [person([by], files=files, similarity=0.8, expected=1e-9) for by in ("name", "vectors")]
    vectors = {"threshold": 0.7, "alpha": 0.05, "detectable": 0.634, "doubles": []}
    document = overlap(people=people, vectors=vectors, command="eigen2arc datasets overlap", stages=None)
    for side in ("training", "test"):
        document[side] = document[side] | {"version": hashlib.sha256(side.encode()).hexdigest()}
    write_json(tmp_path / "overlap.json", document | {"not_compared": ""})
    with opened(browser, render(tmp_path)) as page:
        check_headings(page)
        check_every_look(page)
        assert page.locator(".shared img").count() == 4
