"""What a model of people and of their images needs to know of the data: means, and the scatter about them.

The models of a face as x = mu + eps, the person and the image, both Gaussian
(classical/encode/identity_model/joint_bayesian.py, plda.py) see the data only through these numbers: their likelihood
is a function of them.
"""

from dataclasses import dataclass

import numpy as np

from eigen2arc.classical.linear.lda import class_means, shrunk_within
from eigen2arc.classical.linear.shrinkage import Shrinkage
from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError


@dataclass(frozen=True)
class PersonStatistics:
    """mean : (d,), of all images. person_means : (P, d), less ``mean``. counts : (P,), the images m of each person.
    within : (d, d) scatter S_W of the images about their person's mean, positive definite. All float64."""

    mean: np.ndarray
    person_means: np.ndarray
    counts: np.ndarray
    within: np.ndarray

    @property
    def images(self) -> int:
        return int(self.counts.sum())


def person_statistics(vectors: np.ndarray, labels: np.ndarray, shrinkage: Shrinkage) -> PersonStatistics:
    """Of vectors (N, d) of the people ``labels`` (N,), with S_W shrunk as in shrinkage.py.

    Raises UserError for fewer than two people, if nobody has two images, or if S_W is singular all the same.
    """
    check_shape(labels, str(len(vectors)), "labels")
    x = vectors.astype(np.float64)
    means, index, counts = class_means(x, labels)
    if len(counts) < 2 or counts.max() < 2:
        raise UserError(
            "how images of one person differ is learned from people with two or more images: "
            f"got {len(x)} images of {len(counts)} people"
        )
    mean = x.mean(axis=0)
    return PersonStatistics(mean, means - mean, counts, shrunk_within(x, means, index, shrinkage))
