"""Windows without faces: views of photographs, and what of them a cascade takes for faces."""

from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.formats.files import load_cascade
from eigen2arc.classical.detect.cascade.training.negatives import (
    FACTOR,
    MOST_PER_VIEW,
    Backgrounds,
    NegativeSearch,
    find_negatives,
)
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.image_folder import find_images


def save(path: Path, grey: np.ndarray) -> None:
    write(path, np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2))


@pytest.fixture
def backgrounds(tmp_path: Path, rng: np.random.Generator) -> Backgrounds:
    for number in range(5):
        noise = cv2.GaussianBlur(rng.integers(0, 256, (70 + number, 90)).astype(np.float32), (0, 0), 2)
        save(tmp_path / f"{number}.png", np.clip(128 + 6 * (noise - 128), 0, 255))
    return Backgrounds(find_images([tmp_path]), seed=4)


@pytest.fixture(scope="module")
def first_stage() -> Cascade:
    """A cascade that lets much pass: the first stage of OpenCV's."""
    whole = load_cascade("haarcascade_frontalface_alt2.xml")
    trees = int(whole.stages.first_tree[1])
    nodes = int(whole.stages.first_node[trees])
    stages = whole.stages._replace(
        thresholds=whole.stages.thresholds[:1],
        first_tree=whole.stages.first_tree[:2],
        first_node=whole.stages.first_node[: trees + 1],
        children=whole.stages.children[:nodes],
        splits=whole.stages.splits[:nodes],
        leaves=whole.stages.leaves[: nodes + trees],
    )
    features = type(whole.features)(*(column[:nodes] for column in whole.features))
    return Cascade(whole.window_px, stages, features)


def last(*arguments: object) -> NegativeSearch:
    return deque(find_negatives(*arguments), maxlen=1)[0]


def test_the_first_views_are_the_photographs_in_another_order(backgrounds: Backgrounds) -> None:
    heights = [backgrounds.view(number).shape[0] for number in range(5)]
    assert sorted(heights) == [70, 71, 72, 73, 74]
    assert [Backgrounds(backgrounds.paths, 5).view(number).shape[0] for number in range(5)] != heights


def test_later_views_are_changed_each_in_its_own_way(backgrounds: Backgrounds) -> None:
    views = [backgrounds.view(number) for number in range(5, 45)]
    assert len({view.tobytes() for view in views}) == 40
    for number in (7, 31):
        np.testing.assert_array_equal(backgrounds.view(number), views[number - 5])


@pytest.mark.parametrize("tone", [0, 255])
def test_a_turned_view_has_no_corners_from_outside(tone: int, tmp_path: Path) -> None:
    save(tmp_path / "plain.png", np.full((60, 100), tone))
    views = [Backgrounds([tmp_path / "plain.png"], 0).view(number) for number in range(60)]
    assert all(len(np.unique(view)) == 1 for view in views)
    assert {int(view[0, 0]) for view in views} == {0, 255}  # some are inverted
    assert len({view.shape for view in views}) > 50


def test_what_is_found_is_what_the_cascade_takes_in_the_views(backgrounds: Backgrounds, first_stage: Cascade) -> None:
    found = last(first_stage, backgrounds, 20, 300, 0, 10**9)
    assert len(found.windows) == 300
    accepted, taken = 0, set()
    for number in range(found.next_view):
        view = backgrounds.view(number)
        boxes, _ = first_stage.windows(view, FACTOR, 20)
        accepted += len(boxes)
        taken |= {view[y : y + 20, x : x + 20].tobytes() for x, y, w, h in boxes if (w, h) == (20, 20)}
    assert found.accepted == accepted
    assert sum(window.tobytes() in taken for window in found.windows) > 50  # those of the first level, in whole pixels
    for window in found.windows:
        assert len(first_stage.windows(window, 1.1, 0)[0]) == 1


def test_no_view_gives_more_than_its_share_and_a_search_can_go_on(
    backgrounds: Backgrounds, first_stage: Cascade
) -> None:
    steps = list(find_negatives(first_stage, backgrounds, 20, 200, 3, 10**9))
    counts = np.diff([0, *(len(found.windows) for found in steps)])
    assert counts.max() <= MOST_PER_VIEW
    assert [found.next_view for found in steps] == list(range(4, 4 + len(steps)))
    again = last(first_stage, backgrounds, 20, 200, 3, 10**9)
    np.testing.assert_array_equal(again.windows, steps[-1].windows)
    further = last(first_stage, backgrounds, 20, 200, again.next_view, 10**9)
    assert (further.windows != again.windows).any()


def test_a_search_ends_with_the_view_in_which_enough_was_looked_at(
    backgrounds: Backgrounds, first_stage: Cascade
) -> None:
    one = last(first_stage, backgrounds, 20, 10**6, 0, 1)
    assert one.next_view == 1
    assert last(first_stage, backgrounds, 20, 10**6, 0, one.scanned + 1).next_view == 2


def test_without_a_cascade_any_window_is_taken_that_is_not_flat(backgrounds: Backgrounds) -> None:
    found = last(None, backgrounds, 20, 150, 0, 10**9)
    assert len(found.windows) == 150
    assert found.accepted == found.scanned
    assert found.windows[:, 1:-1, 1:-1].std(axis=(1, 2)).min() > 10


def test_photographs_without_a_window_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "small.png", np.zeros((19, 60)))
    with pytest.raises(UserError, match="smaller than a window of 20 pixels"):
        last(None, Backgrounds([tmp_path / "small.png"], 0), 20, 10, 0, 10**9)
