"""Pictures that are in two sets: found under what is done to pictures, with no other accused."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, decode, encode
from eigen2arc.core.overlap.same_pictures import SamePicture, detail_correlation, prints, same_pictures


@dataclass
class Pictures:
    """Images in memory; of a number in ``broken`` the file has gone since its print was taken."""

    arrays: list[np.ndarray]
    broken: tuple[int, ...] = ()

    @property
    def names(self) -> list[str]:
        return [str(number) for number in range(len(self.arrays))]

    @property
    def version(self) -> str:
        return "0"

    def __len__(self) -> int:
        return len(self.arrays)

    def __getitem__(self, index: int) -> np.ndarray:
        if index in self.broken:
            raise ImageError(f"{index}: is gone")
        return self.arrays[index]


def scene(rng: np.random.Generator, side_px: int = 120) -> np.ndarray:
    """Noise of two scales, as a photograph has, in a tint."""
    grey = np.zeros((side_px, side_px), np.float32)
    for cells, weight in ((6, 50), (24, 35)):
        noise = rng.normal(0, weight, (cells, cells)).astype(np.float32)
        grey += cv2.resize(noise, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
    return np.clip(grey[:, :, None] * rng.uniform(0.7, 1, 3) + 128, 0, 255).astype(np.uint8)


def find(first: Pictures, second: Pictures) -> list[SamePicture]:
    seen: list[tuple[int, int]] = []
    sides = prints(list(first.arrays)), prints(list(second.arrays))
    found = same_pictures(first, sides[0], second, sides[1], lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    return found


def cut(image: np.ndarray) -> np.ndarray:
    return image[2:-2, 2:-2]


def turn(image: np.ndarray) -> np.ndarray:
    side = len(image)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), 1.5, 1)
    return cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "saved again": lambda image: decode(encode(image, ".jpg", jpeg_quality=20)),
    "scaled": lambda image: cv2.resize(image, (70, 55), interpolation=cv2.INTER_AREA),
    "grey": lambda image: np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
    "lighter": lambda image: np.clip(image * 1.2, 0, 255).astype(np.uint8),
    "cut": cut,
    "turned": turn,
}


def test_a_changed_picture_is_found_and_no_other(rng: np.random.Generator) -> None:
    pictures = [scene(rng) for _ in range(2 * len(CHANGES))]
    changed = [change(picture) for change, picture in zip(CHANGES.values(), pictures[::2], strict=True)]
    turned = [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures[1::2]]
    mirrored = [change(picture) for change, picture in zip(CHANGES.values(), turned, strict=True)]
    both = [picture for pair in zip(changed, mirrored, strict=True) for picture in pair]
    found = find(Pictures(pictures), Pictures([*both, *[scene(rng) for _ in range(12)]]))
    wanted = [(n, n, "mirrored" if n % 2 else "near") for n in range(len(both))]
    assert [(one.first, one.second, one.kind) for one in found] == wanted, list(CHANGES)
    assert all(0.9 < one.correlation <= 1 for one in found)


def test_the_same_pixels_are_identical_and_one_colour_is_like_nothing(rng: np.random.Generator) -> None:
    flat, picture = np.full((40, 40, 3), 7, np.uint8), scene(rng)
    found = find(Pictures([flat, picture, picture]), Pictures([picture.copy(), flat, flat]))
    assert found == [SamePicture(1, 0, "identical", 1.0), SamePicture(2, 0, "identical", 1.0)]
    assert issubclass(ImageError, UserError) and not prints([None, flat]).readable.any()


def test_what_cannot_be_read_any_more_accuses_nobody(rng: np.random.Generator) -> None:
    picture = scene(rng)
    assert find(Pictures([picture], broken=(0,)), Pictures([CHANGES["saved again"](picture)])) == []


def test_faces_in_one_pose_are_candidates_and_not_one_picture(rng: np.random.Generator) -> None:
    """Two pictures that share all that is smooth, and no detail."""
    y, x = np.mgrid[:64, :64] / 64
    smooth = 128 + 60 * np.sin(3 * x + y) + 40 * np.cos(5 * y)
    first, second = (
        (smooth + cv2.GaussianBlur(rng.normal(0, 40, (64, 64)), (0, 0), 1)).astype(np.float32) for _ in range(2)
    )
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9 > 0.5 > detail_correlation(first, second)
    assert detail_correlation(first, first) == pytest.approx(1)
