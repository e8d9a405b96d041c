"""A metrics.json that is not one is refused in a line; what a run writes is not."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.run_folder import RunFolder
from eigen2arc.core.errors import UserError

from .conftest import NAMES, MakeRun

TASKS = ("verification", "identification", "detection", "factors")
Mutations = Callable[[Any], Iterator[Any]]


def test_what_a_run_wrote_is_read_as_it_is(make_run: MakeRun) -> None:
    folder = make_run()
    written = json.loads((folder / "metrics.json").read_text("utf-8"))
    assert RunFolder(folder).metrics == written


@pytest.mark.parametrize("part", ["systems", "samples", "datasets"])
def test_other_content_is_refused_in_a_line(make_run: MakeRun, mutations: Mutations, part: str) -> None:
    folder = make_run(systems=NAMES[:1])
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    refused = 0
    for changed in islice(mutations(document[part]), 0, None, 43):
        path.write_text(json.dumps({**document, part: changed}), "utf-8")
        try:
            assert RunFolder(folder).metrics
        except UserError as error:
            refused += 1
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error) and len(str(error)) < 500
    assert refused


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"systems": []}, "systems: .*at least 1"),
        ({"title": 3}, "title: expected a valid string, got 3"),
        ({"samples": [{"image": "a"}]}, r"samples\.0\.picture: is missing"),
        ({"datasets": {"verification": {"name": "x"}}}, r"datasets\.verification\.version: is missing"),
    ],
)
def test_the_key_is_named(make_run: MakeRun, changes: dict[str, Any], said: str) -> None:
    folder = make_run(systems=NAMES[:1])
    path = folder / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")
    with pytest.raises(UserError, match=rf"metrics\.json: {said}.*\. Run it again: eigen2arc compare"):
        render(folder)


def test_what_a_page_trips_over_is_a_line(make_run: MakeRun) -> None:
    folder = make_run(("detection",), NAMES[:3])
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    del document["comparisons"][0]["pairs"][1]
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(UserError, match=r"metrics\.json: does not hold what a run's does .*Run it again"):
        render(folder)


@pytest.mark.slow
def test_pages_of_other_content_are_made_or_refused(make_run: MakeRun, mutations: Mutations) -> None:
    folder = make_run(systems=NAMES[:1])
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    every = list(mutations(document))
    for number in np.random.default_rng(0).choice(len(every), 25, replace=False):
        path.write_text(json.dumps(every[number]), "utf-8")
        try:
            render(folder)
        except UserError as error:
            assert str(error).startswith(str(folder)) and "\n" not in str(error)
