"""Sliding windows against a slow loop; none is farther than half a spacing from the picture's border."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from eigen2arc.deep.detect.cascade_cnn.windows import CROP_PIXELS, Windows, apply_network, drop_outside, sliding_windows
from eigen2arc.deep.ops.area_resample import IntegralImages
from eigen2arc.deep.ops.scratch import Scratch

CPU = torch.device("cpu")


def test_windows_by_a_slow_loop() -> None:
    shapes = [(40, 61), (19, 300), (20, 20)]
    found = sliding_windows(shapes, 20, 0.5, CPU)
    expected, level = [], 0
    for image, (height, width) in enumerate(shapes):
        side = 20.0
        while side <= min(height, width):
            step = side / 3
            columns, rows = int((width - side) / step + 1e-9) + 1, int((height - side) / step + 1e-9) + 1
            left, top = (width - side - (columns - 1) * step) / 2, (height - side - (rows - 1) * step) / 2
            for row in range(rows):
                for column in range(columns):
                    x, y = left + column * step, top + row * step
                    expected.append([x, y, x + side, y + side, image, level])
            level += 1
            side *= 2
    table = torch.cat([found.boxes, torch.stack([found.image, found.level], dim=1)], dim=1)
    np.testing.assert_allclose(table.numpy(), expected, atol=1e-4)
    assert found.boxes.dtype == torch.float32 and found.image.dtype == found.level.dtype == torch.int64
    assert set(found.image.tolist()) == {0, 2}


@given(st.integers(1, 90), st.integers(1, 90), st.floats(12, 40), st.floats(0.3, 0.9))
def test_the_border_is_at_most_half_a_spacing_away_and_never_crossed(
    height: int, width: int, min_size_px: float, factor: float
) -> None:
    found = sliding_windows([(height, width)], min_size_px, factor, CPU)
    assert (len(found.boxes) == 0) == (min(height, width) < min_size_px * (1 - 1e-12))
    for level in found.level.unique():
        boxes = found.boxes[found.level == level].double()
        half = (boxes[0, 2] - boxes[0, 0]) / 6 + 1e-3
        left_top, right_bottom = boxes[:, :2].amin(dim=0), boxes[:, 2:].amax(dim=0)
        assert (left_top >= -1e-3).all() and (left_top <= half).all()
        rest = torch.tensor([width, height]) - right_bottom
        assert (rest >= -1e-3).all() and (rest <= half).all()


class Mean(nn.Module):
    """Stands for a network: the mean of each colour."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=(2, 3))


@pytest.mark.parametrize("n", [0, 1, 2 * CROP_PIXELS["cpu"] // 12**2 + 3])
def test_a_network_sees_the_pixels_of_its_windows(n: int) -> None:
    rng = np.random.default_rng(3)
    images = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((40, 50, 3), (30, 25, 3))]
    corner, of = rng.uniform(-8, 15, (n, 2)), rng.integers(0, 2, n)
    boxes = np.concatenate([corner, corner + rng.choice([12, 24], (n, 1))], axis=1)
    windows = Windows(torch.from_numpy(boxes).float(), torch.from_numpy(of), torch.zeros(n, dtype=torch.int64))
    seen = apply_network(Mean(), 12, IntegralImages.of(images, Scratch(CPU)), windows)
    assert seen.shape == (n, 3)
    for i in range(min(n, 50)):
        image = torch.from_numpy(np.pad(images[of[i]], ((50, 50), (50, 50), (0, 0)))).permute(2, 0, 1).float()
        x1, y1, x2, y2 = (int(np.floor(side)) + 50 for side in windows.boxes[i].tolist())
        part = image[:, y1:y2, x1:x2]  # zeros beyond the image
        crop = nn.functional.interpolate(part[None], size=(12, 12), mode="area")
        torch.testing.assert_close(seen[i], ((crop - 127.5) / 128).mean(dim=(2, 3))[0], atol=1e-4, rtol=1e-4)


def test_windows_beside_their_picture_are_dropped() -> None:
    boxes = torch.tensor([[50.0, 5, 60, 15], [5, 5, 15, 15], [-20, 5, -3, 15], [-20, 5, 1.5, 15]])
    windows = Windows(boxes, torch.zeros(4, dtype=torch.int64), torch.arange(4))
    sums = IntegralImages.of([np.zeros((30, 40, 3), np.uint8)], Scratch(CPU))
    assert drop_outside(sums, windows).level.tolist() == [1, 3]
