"""Levels on a canvas: they lie apart, and P-Net answers on it as on each level alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eigen2arc.deep.detect.mtcnn import pyramid
from eigen2arc.deep.detect.mtcnn.networks import load_networks
from eigen2arc.deep.detect.mtcnn.proposals import normalize
from eigen2arc.deep.detect.mtcnn.pyramid import layout, pyramid_scales, shelves
from eigen2arc.deep.ops.area_resample import IntegralImages, resample_images
from eigen2arc.deep.ops.scratch import Scratch

CPU = torch.device("cpu")


@pytest.mark.parametrize(("height", "width", "least"), [(250, 250, 20), (480, 640, 20), (64, 48, 37.5), (20, 90, 20)])
def test_every_level_holds_a_window_and_the_next_would_not(height: int, width: int, least: float) -> None:
    scales = pyramid_scales(height, width, least, 0.709)
    assert scales[0] == 12 / least
    np.testing.assert_allclose(scales, 12 / least * 0.709 ** np.arange(len(scales)))
    assert min(height, width) * scales[-1] >= 12 > min(height, width) * scales[-1] * 0.709


def test_images_smaller_than_the_smallest_face_have_no_level() -> None:
    assert pyramid_scales(19, 500, 20, 0.709) == []
    assert layout(((19, 500), (3, 3)), 20, 0.709, CPU) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(12, 300), st.integers(12, 300)), min_size=1, max_size=30))
def test_rectangles_on_shelves_lie_on_the_canvas_and_apart(sizes: list[tuple[int, int]]) -> None:
    corner, (height, width) = shelves(np.array(sizes))
    taken = np.zeros((height, width), np.int64)
    for (y, x), (h, w) in zip(corner, sizes, strict=True):
        assert y % 2 == 0 and x % 2 == 0
        assert y + h <= height and x + w <= width
        taken[y : y + h, x : x + w] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("strip_px", [1 << 17, 2000])
def test_pnet_answers_on_the_canvas_as_on_each_level_alone(monkeypatch: pytest.MonkeyPatch, strip_px: int) -> None:
    monkeypatch.setattr(pyramid, "STRIP_PX", strip_px)
    layout.cache_clear()
    rng = np.random.default_rng(4)
    shapes = ((61, 83), (90, 64), (15, 60), (40, 41))
    images = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]
    found = layout(shapes, 20, 0.709, CPU)
    layout.cache_clear()
    assert found is not None and (len(found.strips) > 3) == (strip_px == 2000)
    pnet, sums = load_networks(None, CPU).pnet, IntegralImages.of(images, Scratch(CPU))
    seen = [torch.full((0,), 0.0) for _ in found.image]
    with torch.inference_mode():
        for strip in found.strips:
            pixels = torch.zeros((*strip.size, 3))
            resample_images(sums, strip.parts, pixels)
            probability, _ = pnet(normalize(pixels[None]), strip.repeat)
            for level in range(len(seen)):
                seen[level] = torch.cat([seen[level], probability[0][strip.owner == level]])
        for level, (number, scale) in enumerate(zip(found.image.tolist(), found.scale.tolist(), strict=True)):
            image = torch.from_numpy(images[number]).permute(2, 0, 1)[None].float()
            size = [int(length * scale + 1) for length in shapes[number]]
            alone = (torch.nn.functional.interpolate(image, size=size, mode="area") - 127.5) / 128
            torch.testing.assert_close(seen[level], pnet(alone)[0].flatten(), atol=1e-5, rtol=1e-4)
