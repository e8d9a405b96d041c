"""Images are taken together up to so many pixels, in order, none left out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.ops.pixel_batches import BATCH_PIXELS, batches

SIDE = st.integers(1, 1200)


@given(st.lists(st.tuples(SIDE, SIDE), max_size=12))
def test_batches_are_as_large_as_they_may_be(shapes: list[tuple[int, int]]) -> None:
    most = BATCH_PIXELS["cpu"]
    parts = [shapes[part] for part in batches(shapes, "cpu")]
    assert [shape for part in parts for shape in part] == shapes
    pixels = [[height * width for height, width in part] for part in parts]
    assert all(len(part) == 1 or 0 < sum(part) <= most for part in pixels)
    assert all(sum(part) + following[0] > most for part, following in pairwise(pixels))
