"""scikit-image's LFW subset: 100 faces and 100 non-faces of 25 x 25, in the package itself."""

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import ArrayImages

CLASSES = ("non-face", "face")
FACES = 100


def build() -> Dataset:
    """Build the subset: 200 grey patches as RGB; Dataset.people are the two CLASSES and labels the class of each patch.

    Raises UserError where this scikit-image carries no copy and cannot download one.
    """
    from skimage import data

    try:
        grey = data.lfw_subset()
    except Exception as error:  # without its optional downloader or a network, as its version has it
        raise UserError(
            f"lfw_subset: this scikit-image carries no copy and could not download one ({error}); "
            "with a network: pip install pooch"
        ) from error
    labels = (np.arange(len(grey)) < FACES).astype(np.int64)
    pixels = [np.repeat(_to_uint8(image)[:, :, None], 3, axis=2) for image in grey]
    images = ArrayImages(pixels, tuple(f"{CLASSES[label]}/{i:03d}" for i, label in enumerate(labels)))
    return Dataset(
        "lfw_subset", images, CLASSES, labels, protocol="scikit-image's LFW subset, 100 faces, 100 non-faces"
    )


def _to_uint8(image: np.ndarray) -> np.ndarray:
    """Convert a patch to uint8: they are stored as floats in 0..1 in spite of the documentation's uint8."""
    return image if image.dtype == np.uint8 else np.rint(image.clip(0, 1) * 255).astype(np.uint8)
