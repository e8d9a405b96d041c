"""Batches of images of different sizes: as many as have no more than so many pixels."""

from collections.abc import Iterator, Sequence

#: By device: a processor's caches hold little, a GPU waits for little.
BATCH_PIXELS = {"cpu": 500_000, "cuda": 8_000_000}


def batches(shapes: Sequence[tuple[int, int]], device: str) -> Iterator[slice]:
    """Yield batches of images of (height, width) ``shapes``, in order; a larger image is alone. device : its type."""
    start = pixels = 0
    for i, (height, width) in enumerate(shapes):
        if i > start and pixels + height * width > BATCH_PIXELS[device]:
            yield slice(start, i)
            start, pixels = i, 0
        pixels += height * width
    if len(shapes) > start:
        yield slice(start, len(shapes))
