"""Integral images and area averages, against plain sums and torch's own interpolation."""

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from eigen2arc.deep.ops.area_resample import (
    IntegralImages,
    Parts,
    look_ups,
    means_at,
    means_by_gather,
    resample_crops,
    resample_images,
    see_image,
)
from eigen2arc.deep.ops.scratch import Scratch

CPU = torch.device("cpu")


def noise(*shapes: tuple[int, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.integers(0, 256, (*shape, 3)).astype(np.uint8) for shape in shapes]


def sums_of(images: list[np.ndarray]) -> IntegralImages:
    return IntegralImages.of(images, Scratch(CPU))


def by_torch(image: np.ndarray, height: int, width: int) -> torch.Tensor:
    """(H, W, 3) uint8 to (height, width, 3)."""
    planes = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    return interpolate(planes, size=(height, width), mode="area")[0].permute(1, 2, 0)


def test_integrals_are_the_sums_above_and_left_one_after_the_other() -> None:
    images = noise((5, 7), (3, 4))
    found = sums_of(images)
    assert found.size.tolist() == [[5, 7], [3, 4]]
    assert found.start.tolist() == [0, 48]
    for image, start in zip(images, found.start.tolist(), strict=True):
        height, width, _ = image.shape
        for y in range(height + 1):
            for x in range(width + 1):
                assert found.sums[start + y * (width + 1) + x].tolist() == image[:y, :x].sum(axis=(0, 1)).tolist()


@pytest.mark.parametrize("size", [(13, 13), (37, 53), (1, 9), (40, 60), (90, 70)])
def test_whole_images_equal_torch_interpolation(size: tuple[int, int]) -> None:
    images = noise((37, 53), (37, 53), (20, 90))
    out = torch.full((3 * size[0] + 2, size[1] + 5, 3), -1.0)
    corner = np.array([[k * size[0], 2 + k] for k in range(3)])
    parts = Parts(np.arange(3), np.tile(size, (3, 1)), np.tile([0, size[0]], (3, 1)), corner)
    resample_images(sums_of(images), parts, out)
    for image, (y, x) in zip(images, corner, strict=True):
        resampled = out[y : y + size[0], x : x + size[1]]
        torch.testing.assert_close(resampled, by_torch(image, *size), atol=1e-4, rtol=0)
        resampled[:] = -1
    assert (out == -1).all()  # nothing is painted beside the rectangles


@pytest.mark.parametrize("size", [(13, 13), (37, 53), (1, 9), (90, 70)])
def test_look_ups_fill_a_canvas_as_the_processor_does(size: tuple[int, int]) -> None:
    images = noise((37, 53), (12, 41), (20, 90))
    image = np.array([2, 0, 1, 0])
    sizes = np.stack([size, (5, 6), size, (40, 30)])
    corner = np.array([[0, 1], [size[0], 0], [size[0], 8], [2 * size[0] + 5, 3]])
    out, expected = torch.full((2, 2 * size[0] + 50, size[1] + 40, 3), -1.0)
    sums = sums_of(images)
    found = look_ups([i.shape[:2] for i in images], image, sizes, corner, out.shape[1], CPU)
    means_at(sums.sums, found, out)
    resample_images(sums, Parts(image, sizes, np.stack([sizes[:, 0] * 0, sizes[:, 0]], axis=1), corner), expected)
    torch.testing.assert_close(out, expected, atol=1e-4, rtol=0)


def test_rows_of_an_image_are_those_of_the_whole() -> None:
    images = noise((37, 53))
    out = torch.zeros((9, 20, 3))
    parts = Parts(np.array([0]), np.array([[25, 20]]), np.array([[11, 18]]), np.array([[2, 0]]))
    resample_images(sums_of(images), parts, out)
    torch.testing.assert_close(out[2:], by_torch(images[0], 25, 20)[11:18], atol=1e-4, rtol=0)
    assert (out[:2] == 0).all()


@pytest.mark.parametrize("size_px", [24, 48])
def test_crops_equal_torch_interpolation_one_by_one(size_px: int) -> None:
    rng = np.random.default_rng(1)
    images = noise((80, 120), (90, 121))
    corners = [(x, y, rng.integers(x + 1, 121), rng.integers(y + 1, 81)) for x, y in rng.integers(0, 79, (40, 2))]
    windows = torch.tensor([*corners, (0, 0, 120, 80), (119, 79, 120, 80)])
    image = torch.arange(len(windows)) % 2
    sums = sums_of(images)
    ours = resample_crops(sums, image, windows, size_px)
    for i, (x1, y1, x2, y2) in enumerate(windows.tolist()):
        expected = by_torch(images[i % 2][y1:y2, x1:x2], size_px, size_px)
        torch.testing.assert_close(ours[i], expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(means_by_gather(sums, image, windows, size_px), ours, atol=1e-4, rtol=0)


@pytest.mark.parametrize("size_px", [7, 24])
def test_beyond_the_border_all_is_nought(size_px: int) -> None:
    rng = np.random.default_rng(2)
    images = noise((20, 31), (37, 12))
    border = 60
    bordered = [np.pad(image, ((border, border), (border, border), (0, 0))) for image in images]
    corner, side = rng.integers(-25, 30, (60, 2)), rng.integers(1, 50, (60, 2))
    whole = [(0, 0, 31, 20), (-1, -1, 32, 21), (-60, 3, -2, 9), (40, -50, 70, -10), (30, 19, 31, 20), (-9, 5, 1, 6)]
    windows = torch.tensor([*np.concatenate([corner, corner + side], axis=1).tolist(), *whole])
    image, sums = torch.arange(len(windows)) % 2, sums_of(images)
    crops, seen = resample_crops(sums, image, windows, size_px), see_image(sums, image, windows, size_px)
    torch.testing.assert_close(means_by_gather(sums, image, windows, size_px), crops, atol=1e-4, rtol=0)
    for i, (x1, y1, x2, y2) in enumerate((windows + border).tolist()):
        torch.testing.assert_close(
            crops[i], by_torch(bordered[i % 2][y1:y2, x1:x2], size_px, size_px), atol=1e-4, rtol=0
        )
        ones = np.pad(np.ones_like(images[i % 2]), ((border, border), (border, border), (0, 0)))
        assert torch.equal(seen[i], by_torch(ones[y1:y2, x1:x2], size_px, size_px)[..., 0] > 0)


def test_sums_that_wrap_around_still_give_the_right_means() -> None:
    # 255 * 3000 * 3000 is more than an int32 holds.
    sums = sums_of([np.full((3000, 3000, 3), 255, np.uint8)])
    assert (sums.sums < 0).any()
    windows = torch.tensor([[500, 200, 2900, 3000], [0, 0, 3000, 3000]])
    assert (resample_crops(sums, torch.tensor([0, 0]), windows, 24) == 255).all()


def test_scratch_memory_is_used_again_and_grows() -> None:
    scratch = Scratch(CPU)
    first = scratch.take((4, 3))
    first.fill_(7)
    again = scratch.take((2, 3))
    assert again.data_ptr() == first.data_ptr() and (again == 7).all()
    assert scratch.take((9, 3)).shape == (9, 3)
