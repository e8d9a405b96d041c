"""A data set, opened and looked at: what fuzzers of data sets do with one."""

from pathlib import Path

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset

#: A set may be accepted with images that are not; one that names more than this of its few images makes them up.
MOST_IMAGES = 10_000


def read_dataset(name: str, root: Path) -> Dataset:
    """Build a data set, and read its images, faces and pairs. Raises UserError where all its images are refused."""
    dataset = plugins.build("dataset", name, root=str(root))
    assert len(dataset.images) <= MOST_IMAGES, f"{len(dataset.images):,} images"
    assert len(dataset.images.names) == len(dataset.images) and dataset.images.version
    failures = []
    for index in range(len(dataset.images)):
        try:
            dataset.images[index]
        except UserError as error:
            failures.append(error)
        if dataset.faces is not None:
            assert len(dataset.faces[index].boxes) >= 0
    if failures and len(failures) == len(dataset.images):
        raise failures[0]
    return dataset
