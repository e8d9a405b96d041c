"""P-Net's candidates, against slow double loops."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import nms

from eigen2arc.deep.detect.mtcnn import pyramid
from eigen2arc.deep.detect.mtcnn.proposals import normalize, propose_boxes
from eigen2arc.deep.detect.mtcnn.pyramid import layout, output_size, pyramid_scales
from eigen2arc.deep.ops.area_resample import IntegralImages, LookUps
from eigen2arc.deep.ops.scratch import Scratch

CPU = torch.device("cpu")


def test_normalised_pixels_go_from_minus_one_to_one() -> None:
    pixels = torch.tensor([0.0, 127.5, 255.0]).repeat(2, 4, 5, 1)
    result = normalize(pixels)
    assert result.shape == (2, 3, 4, 5)
    assert result[1, :, 3, 4].tolist() == [-127.5 / 128, 0.0, 127.5 / 128]


class Brightness(nn.Module):
    """Stands for P-Net: fires where a window's first pixel is bright, with offsets that tell how bright."""

    def forward(self, x: Tensor, repeat: Tensor | None = None) -> tuple[Tensor, Tensor]:
        height, width = output_size(np.array(x.shape[2:])).tolist()
        seen = x[:, :, ::2, ::2][:, :, :height, :width]
        return (seen[:, 0] + 1) / 2, seen[:, [0, 1, 2, 0]] / 10


def kept(table: np.ndarray, threshold: float) -> np.ndarray:
    return table[nms(torch.from_numpy(table[:, :4]), torch.from_numpy(table[:, 4]), threshold).numpy()]


def slow_candidates(images: list[np.ndarray], threshold: float) -> set[tuple[float, ...]]:
    """Every firing place of every level, one by one, then both suppressions image by image."""
    found = set()
    for b, pixels in enumerate(images):
        image = torch.from_numpy(pixels).permute(2, 0, 1).float()
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
            rows.append(kept(np.array(places, np.float32).reshape(-1, 9), 0.5))
        for r in kept(np.concatenate(rows), 0.7):
            w, h = r[2] - r[0], r[3] - r[1]
            x1, y1, x2, y2 = r[0] + r[5] * w, r[1] + r[6] * h, r[2] + r[7] * w, r[3] + r[8] * h
            side = max(x2 - x1, y2 - y1)
            left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
            found.add((b, *(round(float(v), 1) for v in (left, top, left + side, top + side))))
    return found


@pytest.mark.parametrize("pieces", ["strips", "one"])
def test_candidates_equal_the_slow_double_loop(pieces: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a canvas in strips, as a processor has it, and in one piece filled by look-ups, as other devices do."""
    rng, shapes = np.random.default_rng(8), ((81, 103), (115, 90))
    images = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]
    if pieces == "one":
        monkeypatch.setattr(pyramid, "_strips", lambda *tables: [pyramid._whole(shapes, *tables, CPU)])
    levels = layout.__wrapped__(shapes, 20, 0.5, CPU)
    assert levels is not None and isinstance(levels.strips[0].parts, LookUps) == (pieces == "one")
    boxes, image = propose_boxes(Brightness(), IntegralImages.of(images, Scratch(CPU)), levels, 0.6)  # type: ignore[arg-type]
    ours = {(int(b), *(round(float(v), 1) for v in box)) for b, box in zip(image, boxes, strict=True)}
    slow = slow_candidates(images, 0.6)
    assert len(slow) > 100
    assert len(ours ^ slow) <= 0.02 * len(slow)  # a value on the edge between two roundings
