"""The DCT hash: 64 bits that stay much the same when an image is saved, scaled, lightened or cut a little.

Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (Hagenberg, 2010), section 3.2.1. Search:
Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index hashing" (CVPR 2012).
"""

from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.core.image import to_grey

#: An image is scaled to so many pixels a side, of whose DCT the block of BLOCK x BLOCK after the first row and column
#: is taken: those frequencies survive what is done to a picture, and the mean, which does not, is left out.
SIDE, BLOCK = 32, 8

#: A mirrored image has the same coefficients, but for the sign of those that are odd from left to right.
MIRRORED = np.where(np.arange(1, BLOCK + 1) % 2, -1.0, 1.0)

#: The hash is cut into bands. Of two hashes that differ by at most RADIUS bits some band differs by at most FLIPS.
BANDS, FLIPS = 4, 2
RADIUS = BANDS * (FLIPS + 1) - 1
BAND_BITS = 64 // BANDS

#: Hashes that are looked up at a time.
BATCH = 1 << 16


class Hash(NamedTuple):
    """The hash of an image, and what that of the mirrored image would be: 64 bits each."""

    upright: int
    mirrored: int


def dct_hash(image: np.ndarray) -> Hash:
    """Hash an image, uint8 RGB (H, W, 3) of any size: which of 64 coefficients of its DCT are above their median."""
    small = cv2.resize(to_grey(image), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    block = cv2.dct(small.astype(np.float32))[1 : BLOCK + 1, 1 : BLOCK + 1]
    return Hash(_bits(block), _bits(block * MIRRORED))


def _bits(block: np.ndarray) -> int:
    return int.from_bytes(np.packbits(block > np.median(block)).tobytes(), "big")


def near_hashes(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find all pairs of hashes, (N,) and (M,) uint64, that differ by at most RADIUS bits.

    Returns i (P,) and j (P,) int64, sorted, and how many bits each pair differs by, (P,) int64. Each band of a hash of
    ``first``, with up to FLIPS of its bits flipped, is looked up among those of ``second``.
    """
    tables = [_Band(_band(second, number)) for number in range(BANDS)]
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(first), BATCH):
        batch = first[start : start + BATCH]
        for number, table in enumerate(tables):
            bands = _band(batch, number)
            for flips in _flips():
                i, j = table.pairs(bands ^ flips)
                near = _differing(batch[i], second[j]) <= RADIUS
                found.append((start + i[near]) * len(second) + j[near])
    pairs = np.unique(np.concatenate(found))
    i, j = np.divmod(pairs, max(1, len(second)))
    return i, j, _differing(first[i], second[j])


def _band(hashes: np.ndarray, number: int) -> np.ndarray:
    return ((hashes >> np.uint64(number * BAND_BITS)) & np.uint64((1 << BAND_BITS) - 1)).astype(np.int64)


def _flips() -> list[int]:
    """All masks of a band with at most FLIPS bits."""
    chosen = (bits for count in range(FLIPS + 1) for bits in combinations(range(BAND_BITS), count))
    return [sum(1 << bit for bit in bits) for bits in chosen]


class _Band:
    """The hashes by the value of one of their bands."""

    def __init__(self, bands: np.ndarray) -> None:
        self.order = np.argsort(bands, kind="stable")
        self.ends = np.cumsum(np.bincount(bands, minlength=1 << BAND_BITS))

    def pairs(self, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each index of ``wanted`` with those of all hashes whose band has that value."""
        ends = self.ends[wanted]
        counts = ends - np.where(wanted > 0, self.ends[wanted - 1], 0)
        i = np.repeat(np.arange(len(wanted)), counts)
        inside = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
        return i, self.order[np.repeat(ends - counts, counts) + inside]


def _differing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """In how many bits pairs of hashes differ, (P,) int64; counted as in Hacker's Delight, figure 5-2."""
    bits = first ^ second
    bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    counts: np.ndarray = (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return counts.astype(np.int64)
