"""Boxes and names in an image: where labels lie, in which letters, and what becomes of those that find no place."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageDraw

from eigen2arc.compare.data_tools import face_labels
from eigen2arc.compare.data_tools.face_labels import FaceLabel, draw_labels, font_of

GREEN = (0, 125, 65)
PRIVATE = "\ue0ff"


class Spy:
    """The texts that are drawn, and the rectangles that are filled, each with its corners."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        self.filled: list[tuple[float, ...]] = []
        rectangle, text = ImageDraw.ImageDraw.rectangle, ImageDraw.ImageDraw.text

        def spied_rectangle(canvas: Any, xy: Any, *args: Any, **more: Any) -> None:
            if "fill" in more:
                self.filled.append(tuple(float(v) for v in xy))
            rectangle(canvas, xy, *args, **more)

        def spied_text(canvas: Any, xy: Any, written: str, *args: Any, **more: Any) -> None:
            self.texts.append(written)
            text(canvas, xy, written, *args, **more)

        monkeypatch.setattr(ImageDraw.ImageDraw, "rectangle", spied_rectangle)
        monkeypatch.setattr(ImageDraw.ImageDraw, "text", spied_text)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    return Spy(monkeypatch)


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def test_a_name_stands_above_its_box_and_nothing_else_changes(spy: Spy) -> None:
    image = grey(300, 300)
    made = draw_labels(image, [FaceLabel((100, 100, 200, 220), ("Ann 98 %", "Ann"), GREEN)])
    assert spy.texts == ["Ann 98 %"] and (image == 120).all()
    ((left, top, right, bottom),) = spy.filled
    assert left == 100 and bottom == 99 and top > 70 and right < 250
    changed = (made != image).any(axis=2)
    outside = changed.copy()
    outside[int(top) : 221, 100 : max(201, int(right) + 1)] = False
    assert changed[100:221, 100].all() and not outside.any() and not changed[110:210, 110:190].any()


@settings(max_examples=15, deadline=None)
@given(
    shape=st.tuples(st.integers(60, 400), st.integers(60, 400)),
    places=st.lists(st.tuples(*[st.floats(-0.2, 1.1)] * 2, st.floats(0.05, 0.8)), min_size=1, max_size=12),
)
def test_labels_stay_in_the_image_and_apart(shape: tuple[int, int], places: list[tuple[float, float, float]]) -> None:
    height, width = shape
    names = ("Ann", "Maximilian von und zu Hohenlohe-Langenburg", "Владимир", "unknown")
    labels = []
    for i, (x, y, side) in enumerate(places):
        x1, y1, size = x * width, y * height, side * min(shape)
        labels.append(FaceLabel((x1, y1, x1 + size, y1 + 1.3 * size), (f"{names[i % 4]} 97 %", names[i % 4]), GREEN))
    with pytest.MonkeyPatch.context() as patch:
        spied = Spy(patch)
        made = draw_labels(grey(width, height), labels)
    assert made.shape == (height, width, 3) and len(spied.filled) == len(spied.texts)
    for left, top, right, bottom in spied.filled:
        assert left >= 0 and top >= 0 and right <= width - 1 and bottom <= height - 1
    for one, other in combinations(spied.filled, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]


def test_a_long_name_becomes_smaller_and_then_shorter(spy: Spy) -> None:
    long = "Maximilian von und zu Hohenlohe-Langenburg der Dritte"
    draw_labels(grey(640, 480), [FaceLabel((10, 200, 210, 440), (f"{long} 98 %", long), GREEN)])
    draw_labels(grey(120, 120), [FaceLabel((30, 40, 80, 100), (f"{long} 98 %", long), GREEN)])
    assert spy.texts[0] == f"{long} 98 %" and spy.texts[1].endswith("…")
    assert long.startswith(spy.texts[1][:-1]) and len(spy.texts[1]) > 8


def test_a_label_that_would_touch_another_face_goes_elsewhere(spy: Spy) -> None:
    lower, upper = (100.0, 100.0, 160.0, 160.0), (100.0, 20.0, 160.0, 98.0)
    draw_labels(grey(300, 300), [FaceLabel(lower, ("Ann",), GREEN), FaceLabel(upper, ("Bob",), GREEN)])
    assert spy.filled[0][1] >= 160 and spy.filled[1][3] <= 20


@pytest.mark.parametrize("name", ["Ångström", "Владимир", "Νίκος", "محمد", "אברהם", "Nguyễn Thị"])
def test_names_of_many_scripts_are_written(name: str, spy: Spy) -> None:
    found = font_of(name)
    assert found is not None and found.endswith("DejaVuSans.ttf")
    draw_labels(grey(300, 300), [FaceLabel((100, 100, 200, 220), (name,), GREEN)])
    assert spy.texts == [name]


def test_letters_that_were_taken_apart_are_composed(spy: Spy) -> None:
    draw_labels(grey(300, 300), [FaceLabel((100, 100, 200, 220), ("Bo\u0308b",), GREEN)])
    draw_labels(grey(300, 300), [FaceLabel((100, 100, 200, 220), ("two\nlines",), GREEN)])
    assert spy.texts == ["Böb", "two\N{REPLACEMENT CHARACTER}lines"]


def test_another_font_is_found_and_without_any_the_number_stands(monkeypatch: pytest.MonkeyPatch, spy: Spy) -> None:
    for cached in (face_labels._font_with, face_labels._fonts):
        cached.cache_clear()
    own = face_labels._fonts()
    dejavu = own[0]
    other = dejavu.replace("DejaVuSans.ttf", "DejaVuSansMono.ttf")
    monkeypatch.setattr(face_labels, "_fonts", lambda: (dejavu, "no such font.ttf", other))
    monkeypatch.setattr(face_labels, "_points", lambda path: frozenset(map(ord, "李明" if path == other else "123")))
    assert font_of("李明") == other and font_of(PRIVATE) is None
    boxes = [(100.0, 100.0, 200.0, 220.0), (10.0, 100.0, 60.0, 180.0)]
    draw_labels(grey(300, 300), [FaceLabel(box, (f"{PRIVATE} 98 %", PRIVATE), GREEN) for box in boxes])
    assert spy.texts == ["1", "2"]
    face_labels._font_with.cache_clear()


def test_fonts_that_cannot_be_read_have_no_letters(tmp_path: Any) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 no font")
    assert face_labels._points(str(tmp_path / "broken.ttf")) == frozenset()
    assert face_labels._points(str(tmp_path / "absent.ttf")) == frozenset()


def test_images_without_faces_and_tiny_ones(spy: Spy) -> None:
    image = grey(40, 40)
    assert (draw_labels(image, []) == image).all()
    draw_labels(grey(8, 8), [FaceLabel((1, 1, 7, 7), ("Ann",), GREEN)])
    assert spy.texts == []
