"""Who is taken for whom, as a page shows it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eigen2arc.compare.report.answers import answers_section
from eigen2arc.compare.report.render import digits, render
from eigen2arc.core.errors import UserError

from .conftest import NAMES, MakeRun, named_people


def section(**changes: Any) -> Any:
    """What the page shows of one system, whose answers are changed."""
    found = {"answers": {**named_people([str(n) for n in range(6)]), **changes}, "open_set": {}}
    shown = answers_section({"systems": [{"name": "A", "identification": found}]}, lambda name: f"data:{name}", digits)
    assert shown is not None
    return {**shown, **shown["systems"][0]}


def test_nothing_without_a_gallery() -> None:
    systems = [{"name": "A", "verification": {}}, {"name": "B", "identification": {"rank1": 1.0}}]
    assert answers_section({"systems": systems}, str, digits) is None


def test_the_threshold_or_why_there_is_none() -> None:
    at = section()
    assert "at most 10 % of the strangers" in at["said"]
    assert at["summary"] == (
        "75.00 % of all probes named rightly; 10 taken for another; 1 for nobody; "
        "strangers taken for somebody: 39 of 400"
    )
    assert "it takes 300" in section(fpir="")["said"]
    closed = {"systems": [{"name": "A", "identification": {"answers": {**named_people(["0"] * 6), "fpir": ""}}}]}
    shown = answers_section(closed, str, digits)
    assert shown is not None and "since the run has no strangers" in shown["said"]
    assert "no distance to a threshold" in shown["said"]


def test_the_galleries_say_how_sure_the_system_was() -> None:
    first, second, _ = section()["taken_for"]
    assert (first["sources"], first["score"], first["excess"]) == (["data:0", "data:1"], "2.50", "")
    assert second["excess"] == "0.400 above the threshold"
    assert section(fpir="")["taken_for"][1]["excess"] == "0.400 more than the next"
    assert section()["strangers"][0]["person"] == "" and section(strangers_taken=[])["strangers"] == []


def test_the_matrix_has_the_columns_that_somebody_is_in() -> None:
    matrix = section()["matrix"]
    assert matrix["columns"] == ["Ann", "Bob", "others", "nobody"]
    cells = [[(cell["text"], cell["kind"]) for cell in row["cells"]] for row in matrix["rows"]]
    assert cells == [
        [("7", "right"), ("2", "wrong"), ("", ""), ("1", "refused")],
        [("3", "wrong"), ("1", "right"), ("5", "wrong"), ("", "")],
    ]
    assert [row["cells"][0]["share"] for row in matrix["rows"]] == [round(15 + 75 * 0.7), round(15 + 75 / 3)]
    bare = section(matrix={"people": ["Ann"], "probes": [[4, 0, 0]]})["matrix"]
    assert bare["columns"] == ["Ann"] and section(matrix={"people": [], "probes": []})["matrix"] is None


def test_rates_by_person() -> None:
    rates = section()["rates"]
    assert [one["label"] for one in rates["tenths"]][::10] == ["0 to below 10 %", "100 %"]
    assert (rates["tenths"][10]["count"], rates["tenths"][10]["width"], rates["tenths"][2]["width"]) == ("29", 100, 3.4)
    (worst,) = rates["worst"]
    assert (worst["person"], worst["right"], worst["probes"], worst["interval"]) == ("Bob", "1", "4", "5 to 70 %")
    assert "1 of 30 people" in rates["said"] and "in bold" in rates["said"]
    one_image = section(rates={**named_people(["0"] * 6)["rates"], "most_images": 1})["rates"]
    assert one_image["worst"] == [] and "next to nothing" in one_image["said"]


def test_the_page_has_it_and_names_are_only_text(make_run: MakeRun) -> None:
    folder = make_run(("identification",), NAMES[:2])
    page = render(folder).read_text("utf-8")
    assert page.count('<details class="answers"') == 2 and page.count('<details class="answers" open>') == 1
    assert "eigen2arc identify IMAGE --run" in page and "confusions.csv and people.csv" in page
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    answers = document["systems"][0]["identification"]["answers"]
    answers["taken_for"][0]["person"] = answers["matrix"]["people"][0] = "<script>alert(1)</script>"
    answers["rates"]["worst"][0]["person"] = answers["taken_for"][1]["probe"] = '"><img src=x onerror=alert(1)>'
    path.write_text(json.dumps(document), "utf-8")
    hostile = render(folder).read_text("utf-8")
    assert hostile.count("<script") == page.count("<script") and "<img src=x" not in hostile
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda a: a.update(fpir="0.5"), "answers.fpir"),
    (lambda a: a["rates"].update(overall=2.0), "answers.rates.overall"),
    (lambda a: a["rates"].update(tenths=[1]), "answers.rates.tenths"),
    (lambda a: a["matrix"]["probes"].pop(), "does not hold what a run's does"),
    (lambda a: a["matrix"].update(probes=[[1], [2]]), "does not hold what a run's does"),
    (lambda a: a["taken_for"][0].update(probe_picture="../../secret.jpg"), "names an image outside the run"),
    (lambda a: a["taken_for"][0].update(score="high"), "answers.taken_for.0.score"),
    (lambda a: a["strangers_taken"][0].pop("enrolled_picture"), "enrolled_picture: is missing"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=lambda value: value if isinstance(value, str) else "")
def test_other_content_is_refused_in_a_line(
    make_run: MakeRun, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    folder = make_run(("identification",), NAMES[:1])
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    change(document["systems"][0]["identification"]["answers"])
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(UserError) as refused:
        render(folder)
    assert said in str(refused.value) and "\n" not in str(refused.value)
