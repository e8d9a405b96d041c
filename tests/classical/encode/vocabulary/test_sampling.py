"""The sample against all descriptors: which ones it takes, and that their places go with them."""

import numpy as np

from eigen2arc.classical.descriptors.dense_sift import dense_sift, patch_centres
from eigen2arc.classical.encode.vocabulary.sampling import in_blocks, sample_descriptors


def test_every_sample_is_a_descriptor_of_its_picture_with_its_place(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (20, 32, 32), dtype=np.uint8)  # more than one block
    descriptors, places = sample_descriptors(images, stride_px=4, scales=1, samples=100, seed=0)
    assert descriptors.shape == (100, 128) and places.shape == (100, 2)
    everything, centres = dense_sift(images, 4, 1), patch_centres(32, 4, 1)
    for n, (theirs, where) in enumerate(zip(descriptors.reshape(20, 5, 128), places.reshape(20, 5, 2), strict=True)):
        assert len(np.unique(where, axis=0)) == 5
        for descriptor, place in zip(theirs, where, strict=True):
            t = int(np.flatnonzero((centres == place).all(axis=1))[0])
            np.testing.assert_array_equal(descriptor, everything[n, t])


def test_no_more_than_there_are_and_the_same_for_a_seed(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (3, 32, 32), dtype=np.uint8)
    first, places = sample_descriptors(images, stride_px=4, scales=1, samples=10**6, seed=1)
    assert len(first) == 3 * 9
    np.testing.assert_array_equal(np.unique(places, axis=0), np.unique(patch_centres(32, 4, 1), axis=0))
    np.testing.assert_array_equal(first, sample_descriptors(images, 4, 1, 10**6, seed=1)[0])
    assert not np.array_equal(first, sample_descriptors(images, 4, 1, 10**6, seed=2)[0])


def test_no_pictures_give_no_descriptors() -> None:
    descriptors, places = sample_descriptors(np.zeros((0, 32, 32), np.uint8), 4, 1, samples=10, seed=0)
    assert descriptors.shape == (0, 128) and places.shape == (0, 2)


def test_blocks_cover_everything_once() -> None:
    images = np.arange(35)
    seen = np.full(35, -1)
    for part, block in in_blocks(images):
        seen[part] = block
    np.testing.assert_array_equal(seen, images)
