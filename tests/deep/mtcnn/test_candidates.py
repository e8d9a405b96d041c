"""The pyramid and P-Net's candidates, against slow double loops."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eigen2arc.deep.area_resample import integral_images
from eigen2arc.deep.mtcnn.boxes import suppress
from eigen2arc.deep.mtcnn.candidates import candidates, normalise, pyramid_scales


@pytest.mark.parametrize(("height", "width", "least"), [(250, 250, 20), (480, 640, 20), (64, 48, 37.5), (20, 90, 20)])
def test_every_level_holds_a_window_and_the_next_would_not(height: int, width: int, least: float) -> None:
    scales = pyramid_scales(height, width, least, 0.709)
    assert scales[0] == 12 / least
    np.testing.assert_allclose(scales, 12 / least * 0.709 ** np.arange(len(scales)))
    assert min(height, width) * scales[-1] >= 12 > min(height, width) * scales[-1] * 0.709


def test_an_image_smaller_than_the_smallest_face_has_no_level() -> None:
    assert pyramid_scales(19, 500, 20, 0.709) == []


def test_normalised_pixels_go_from_minus_one_to_one() -> None:
    pixels = torch.tensor([0.0, 127.5, 255.0]).repeat(2, 4, 5, 1)
    result = normalise(pixels)
    assert result.shape == (2, 3, 4, 5)
    assert result[1, :, 3, 4].tolist() == [-127.5 / 128, 0.0, 127.5 / 128]


class Brightness(nn.Module):
    """Stands for P-Net: fires on bright pixels of every other row and column, with offsets that tell where."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        seen = x[:, :, ::2, ::2]
        return (seen[:, 0] + 1) / 2, seen[:, [0, 1, 2, 0]] / 10


def slow_candidates(images: Tensor, threshold: float) -> set[tuple[float, ...]]:
    """Every firing place of every level, one by one, then both suppressions image by image."""
    found = set()
    for b, image in enumerate(images.permute(0, 3, 1, 2).float()):
        rows: list[np.ndarray] = []
        for scale in pyramid_scales(*image.shape[1:], 20, 0.5):
            size = tuple(int(n * scale + 1) for n in image.shape[1:])
            level = (nn.functional.interpolate(image[None], size=size, mode="area") - 127.5) / 128
            probability, offsets = Brightness()(level)
            places = []
            for y in range(probability.shape[1]):
                for x in range(probability.shape[2]):
                    if probability[0, y, x] >= threshold:
                        corners = (2 * x + 1, 2 * y + 1, 2 * x + 12, 2 * y + 12)
                        box = [np.floor(np.float32(c) / np.float32(scale)) for c in corners]
                        places.append([*box, float(probability[0, y, x]), *offsets[0, :, y, x].tolist()])
            table = np.array(places, np.float32).reshape(-1, 9)
            rows.append(table[suppress(table[:, :4], table[:, 4], np.zeros(len(table), np.int64), 0.5)])
        table = np.concatenate(rows)
        for r in table[suppress(table[:, :4], table[:, 4], np.zeros(len(table), np.int64), 0.7)]:
            w, h = r[2] - r[0], r[3] - r[1]
            x1, y1, x2, y2 = r[0] + r[5] * w, r[1] + r[6] * h, r[2] + r[7] * w, r[3] + r[8] * h
            side = max(x2 - x1, y2 - y1)
            left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
            found.add((b, *(round(float(v), 1) for v in (left, top, left + side, top + side))))
    return found


def test_candidates_equal_the_slow_double_loop() -> None:
    images = torch.from_numpy(np.random.default_rng(8).integers(0, 256, (2, 61, 83, 3)).astype(np.uint8))
    boxes, image = candidates(Brightness(), integral_images(images), 20, 0.5, 0.6)  # type: ignore[arg-type]
    ours = {(int(b), *(round(float(v), 1) for v in box)) for b, box in zip(image, boxes, strict=True)}
    slow = slow_candidates(images, 0.6)
    assert len(slow) > 100
    assert len(ours ^ slow) <= 0.02 * len(slow)  # a value on the edge between two roundings
