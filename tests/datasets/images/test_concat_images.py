"""Images of several sets, one after the other: their names, and what they are named after."""

import numpy as np

from eigen2arc.datasets.images.concat_images import ConcatImages
from eigen2arc.datasets.images.lazy import ArrayImages


def test_names_begin_with_titles_which_change_nothing_else() -> None:
    one, other = (ArrayImages([np.full((2, 2, 3), n, np.uint8)] * n, tuple("abc"[:n])) for n in (2, 1))
    numbered, titled = ConcatImages((one, other)), ConcatImages((one, other), ("mine", "theirs"))
    assert numbered.names == ("0/a", "0/b", "1/a") and titled.names == ("mine/a", "mine/b", "theirs/a")
    assert numbered.version == titled.version and len(titled) == 3
    assert [int(titled[n][0, 0, 0]) for n in range(3)] == [2, 2, 1]
