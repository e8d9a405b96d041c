"""Integral images and area averages, against plain sums and torch's own interpolation."""

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from eigen2arc.deep.area_resample import integral_images, resample_crops, resample_images


def noise(*shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(5).integers(0, 256, shape).astype(np.uint8))


def by_torch(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(H, W, 3) uint8 to (height, width, 3)."""
    return interpolate(image.permute(2, 0, 1)[None].float(), size=(height, width), mode="area")[0].permute(1, 2, 0)


def test_integral_is_the_sum_above_and_left() -> None:
    images = noise(2, 5, 7, 3)
    sums = integral_images(images)
    assert sums.shape == (2, 6, 8, 3)
    for y in range(6):
        for x in range(8):
            assert torch.equal(sums[:, y, x], images[:, :y, :x].sum(dim=(1, 2)).int())


@pytest.mark.parametrize("size", [(13, 13), (37, 53), (1, 9), (40, 60), (90, 70)])
def test_whole_images_equal_torch_interpolation(size: tuple[int, int]) -> None:
    images = noise(3, 37, 53, 3)
    ours = resample_images(integral_images(images), *size)
    for image, resampled in zip(images, ours, strict=True):
        torch.testing.assert_close(resampled, by_torch(image, *size), atol=1e-4, rtol=0)


@pytest.mark.parametrize("size_px", [24, 48])
def test_crops_equal_torch_interpolation_one_by_one(size_px: int) -> None:
    rng = np.random.default_rng(1)
    images = noise(2, 80, 120, 3)
    corners = [(x, y, rng.integers(x + 1, 121), rng.integers(y + 1, 81)) for x, y in rng.integers(0, 79, (40, 2))]
    windows = torch.tensor([*corners, (0, 0, 120, 80), (119, 79, 120, 80)])
    image = torch.arange(len(windows)) % 2
    ours = resample_crops(integral_images(images), image, windows, size_px)
    for i, (x1, y1, x2, y2) in enumerate(windows.tolist()):
        expected = by_torch(images[i % 2, y1:y2, x1:x2], size_px, size_px)
        torch.testing.assert_close(ours[i], expected, atol=1e-4, rtol=0)


def test_sums_that_wrap_around_still_give_the_right_means() -> None:
    # 255 * 3000 * 3000 is more than an int32 holds.
    white = torch.full((1, 3000, 3000, 3), 255, dtype=torch.uint8)
    sums = integral_images(white)
    assert (sums < 0).any()
    assert (resample_images(sums, 12, 12) == 255).all()
    assert (resample_crops(sums, torch.tensor([0]), torch.tensor([[500, 200, 2900, 3000]]), 24) == 255).all()
