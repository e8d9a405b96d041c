"""The DCT hash against sums written out, and its search against all pairs."""

import cv2
import numpy as np

from eigen2arc.core.overlap.dct_hash import RADIUS, dct_hash, near_hashes


def picture(rng: np.random.Generator, side_px: int = 96) -> np.ndarray:
    """Smooth noise in colour."""
    noise = rng.normal(128, 60, (6, 6, 3)).astype(np.float32)
    return np.clip(cv2.resize(noise, (side_px, side_px), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def test_bits_are_coefficients_above_their_median(rng: np.random.Generator) -> None:
    image = np.repeat(rng.integers(0, 256, (32, 32, 1), np.uint8), 3, axis=2)
    waves = [[np.cos(np.pi * (2 * x + 1) * u / 64) for x in range(32)] for u in range(1, 9)]
    block = [float(np.sum(image[:, :, 0] * np.outer(down, across))) for down in waves for across in waves]
    median = sorted(block)[31:33]
    bits = "".join("1" if value > sum(median) / 2 else "0" for value in block)
    assert f"{dct_hash(image).upright:064b}" == bits


def test_a_mirrored_image_has_the_mirrored_hash(rng: np.random.Generator) -> None:
    image = picture(rng)
    mirrored = dct_hash(np.ascontiguousarray(image[:, ::-1]))
    assert dct_hash(image).mirrored == mirrored.upright and dct_hash(image).upright == mirrored.mirrored


def test_the_search_finds_what_all_pairs_do(rng: np.random.Generator) -> None:
    first = rng.integers(0, 2**64, 200, np.uint64)
    flips = [rng.choice(64, count, replace=False) for count in rng.integers(0, 20, 150)]
    changed = [int(first[n]) ^ sum(1 << int(bit) for bit in bits) for n, bits in enumerate(flips)]
    second = np.array([*changed, *rng.integers(0, 2**64, 30, np.uint64).tolist(), 0, 2**64 - 1], np.uint64)
    expected = [
        (i, j, (int(a) ^ int(b)).bit_count())
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if (int(a) ^ int(b)).bit_count() <= RADIUS
    ]
    found = near_hashes(first, second)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected and len(expected) > 50


def test_nothing_is_near_nothing() -> None:
    none, one = np.zeros(0, np.uint64), np.zeros(1, np.uint64)
    assert [len(column) for column in (*near_hashes(none, one), *near_hashes(one, none))] == [0] * 6
