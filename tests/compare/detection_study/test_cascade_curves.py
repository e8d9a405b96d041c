"""The figure of a cascade's training: real text, the same bytes again, every stage a bar."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from eigen2arc.compare.detection_study.cascade_curves import write_curves

RECORDS = [
    {
        "stage": number,
        "trees": 3 * number,
        "hit_rate": 0.995,
        "false_alarm_rate": 0.4,
        "scanned": 10**number * 10_000,
        "accepted": 10_000,
        "search_s": 2.0,
        "boost_s": 5.0,
    }
    for number in range(1, 6)
]


@pytest.mark.parametrize("count", [1, 5])
def test_its_words_are_words(tmp_path: Path, count: int) -> None:
    write_curves(RECORDS[:count], tmp_path / "a.svg")
    write_curves(RECORDS[:count], tmp_path / "b" / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b" / "a.svg").read_bytes()
    texts = {element.text for element in ElementTree.parse(tmp_path / "a.svg").iter() if element.tag.endswith("text")}
    assert {"trees", "seconds", "hit rate", "false-alarm rate", "searching for false alarms"} <= texts
    assert not any("$" in (text or "") for text in texts)
    if count == 5:
        assert {"1e-02", "1e-04"} <= texts
