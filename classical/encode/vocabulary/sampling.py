"""Some of the SIFT descriptors of many images: what a vocabulary of them is learned from."""

from collections.abc import Iterator

import numpy as np

from eigen2arc.classical.descriptors.dense_sift import SIZE, dense_sift, patch_centres

#: Images to sample from at most: more would only cost their descriptors.
IMAGES = 2000

#: Images at a time: the descriptors of 16 take some 30 megabytes.
BLOCK = 16


def sample_descriptors(
    images: np.ndarray, stride_px: int, scales: int, samples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sample about ``samples`` descriptors of (N, S, S) uint8 grey images, equally many of each one that is used.

    Returns the descriptors (M, 128) and where their patches lie (M, 2), both float32, see dense_sift. There are fewer
    than wanted where the images have fewer. The same for the same seed.
    """
    rng = np.random.default_rng(seed)
    centres = patch_centres(images.shape[1], stride_px, scales)
    chosen = np.sort(rng.permutation(len(images))[:IMAGES])
    each = min(-(-samples // max(len(chosen), 1)), len(centres))
    descriptors = np.empty((len(chosen), each, SIZE), np.float32)
    which = (
        np.stack([rng.permutation(len(centres))[:each] for _ in chosen]) if len(chosen) else np.empty((0, each), int)
    )
    for part, block in in_blocks(images[chosen]):
        all_of_them = dense_sift(block, stride_px, scales)
        descriptors[part] = np.take_along_axis(all_of_them, which[part][..., None], axis=1)
    return descriptors.reshape(-1, SIZE), centres[which].reshape(-1, 2)


def in_blocks(images: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the images BLOCK at a time, each block with its slice of them."""
    for start in range(0, len(images), BLOCK):
        part = slice(start, start + BLOCK)
        yield part, images[part]
