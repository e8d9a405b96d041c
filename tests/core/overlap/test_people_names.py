"""Names that are one name, however they are written, and labels that are none."""

import pytest

from eigen2arc.core.overlap.people_names import normalized, shared_names


def test_one_name_in_many_ways() -> None:
    ways = ["Zoë_Ball", "zoe ball", "ZOE-BALL", "Zoe.Ball", "ZoeBall", "Zoe\u0308  Ball"]
    assert {normalized(way) for way in ways} == {"zoeball"}
    assert normalized("Søren_Łukasz_Groß") == "sorenlukaszgross"


def test_pairs_by_index_in_order() -> None:
    found = shared_names(["Ada", "Grace_Hopper", "Bob", "", "__"], ["grace hopper", "ADA", "Eve", "Ada", "--"])
    assert found.pairs == [(0, 1), (0, 3), (1, 0)] and found.labels == []


@pytest.mark.parametrize("label", ["s1", "00017", "person_3", "n000002"])
def test_a_number_names_nobody(label: str) -> None:
    found = shared_names(["Ada", label], [label, "Ada"])
    assert found.pairs == [(0, 1)] and found.labels == [(1, 0)]
