"""Several sets as one: every picture with its own faces, in order."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

SCENES = {"images": 2, "width_px": 160, "height_px": 120, "most_faces": 3, "largest_face_px": 50}
PEOPLE = {"people": 2, "images_per_person": 1, "size_px": 48}


def test_pictures_and_faces_follow_each_other() -> None:
    scenes, people = build("dataset", "scenes", **SCENES), build("dataset", "synthetic", **PEOPLE)
    both = build("dataset", "concat", sets=[{"name": "scenes", **SCENES}, {"name": "synthetic", **PEOPLE}])
    assert len(both.images) == 4 and len(set(both.images.names)) == 4
    for i, (one, number) in enumerate([(scenes, 0), (scenes, 1), (people, 0), (people, 1)]):
        np.testing.assert_array_equal(both.images[i], one.images[number])
        np.testing.assert_array_equal(both.faces[i].boxes, one.faces[number].boxes)
    np.testing.assert_array_equal(both.images[-1], people.images[1])
    with pytest.raises(IndexError):
        both.images[4]


def test_another_order_is_another_version() -> None:
    tables = [{"name": "scenes", **SCENES}, {"name": "synthetic", **PEOPLE}]
    there, back = (build("dataset", "concat", sets=sets).images.version for sets in (tables, tables[::-1]))
    assert there != back


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ([], "concat: sets = .*: expected a list, each a name, or a table .*, with 1 or more entries"),
        ("scenes", "concat: sets = 'scenes': expected a list"),
        ([{"images": 3}], 'concat, sets: expected a name, or a table with "name"'),
        ([{"name": "scened"}], "scenes"),
        (["orl"], "orl needs the setting 'root'"),  # a bare name is a set
    ],
)
def test_what_makes_no_sense_is_refused(sets: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        build("dataset", "concat", sets=sets)
